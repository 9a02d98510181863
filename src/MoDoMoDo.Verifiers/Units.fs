/// Names of units: symbol, name and plural of one unit are the same unit. Nothing is converted.
module MoDoMoDo.Verifiers.Units

open System

let private table: (string * string list) list = [
    "mm", [ "mm"; "millimeter"; "millimetre" ]
    "cm", [ "cm"; "centimeter"; "centimetre" ]
    "dm", [ "dm"; "decimeter"; "decimetre" ]
    "m", [ "m"; "meter"; "metre" ]
    "km", [ "km"; "kilometer"; "kilometre" ]
    "in", [ "in"; "inch"; "inche" ]
    "ft", [ "ft"; "foot"; "feet" ]
    "yd", [ "yd"; "yard" ]
    "mi", [ "mi"; "mile" ]
    "mg", [ "mg"; "milligram" ]
    "g", [ "g"; "gram" ]
    "kg", [ "kg"; "kilogram"; "kilo" ]
    "t", [ "t"; "ton"; "tonne" ]
    "lb", [ "lb"; "pound" ]
    "oz", [ "oz"; "ounce" ]
    "s", [ "s"; "sec"; "second" ]
    "min", [ "min"; "minute" ]
    "h", [ "h"; "hr"; "hour" ]
    "day", [ "day"; "d" ]
    "week", [ "week"; "wk" ]
    "month", [ "month" ]
    "year", [ "year"; "yr" ]
    "ml", [ "ml"; "milliliter"; "millilitre" ]
    "l", [ "l"; "liter"; "litre" ]
    "gal", [ "gal"; "gallon" ]
    "N", [ "N"; "newton" ]
    "J", [ "J"; "joule" ]
    "kJ", [ "kJ"; "kilojoule" ]
    "W", [ "W"; "watt" ]
    "kW", [ "kW"; "kilowatt" ]
    "V", [ "V"; "volt" ]
    "A", [ "A"; "ampere"; "amp" ]
    "ohm", [ "ohm"; "Ω"; "Ω" ]
    "Hz", [ "Hz"; "hertz" ]
    "Pa", [ "Pa"; "pascal" ]
    "kPa", [ "kPa"; "kilopascal" ]
    "K", [ "K"; "kelvin" ]
    "°C", [ "°C"; "celsius"; "degree celsius"; "degrees celsius" ]
    "°F", [ "°F"; "fahrenheit"; "degree fahrenheit"; "degrees fahrenheit" ]
    "rad", [ "rad"; "radian" ]
    "mol", [ "mol"; "mole" ]
    "°", [ "°"; "deg"; "degree" ]
    "$", [ "$"; "dollar"; "usd"; "buck" ]
    "¢", [ "¢"; "cent" ]
    "€", [ "€"; "euro"; "eur" ]
    "£", [ "£"; "gbp" ]
    "¥", [ "¥"; "yen"; "yuan" ]
    "mph", [ "mph" ]
    "unit", [ "unit" ]
]

let private exact =
    dict [ for canonical, names in table do for name in List.distinct names -> name, canonical ]

let private lower =
    [ for canonical, names in table do for name in names -> name.ToLowerInvariant(), canonical ]
    |> List.distinctBy fst
    |> dict

let private find (word: string) =
    match exact.TryGetValue word with
    | true, unit -> Some unit
    | _ ->
        match lower.TryGetValue(word.ToLowerInvariant()) with
        | true, unit -> Some unit
        | _ -> None

/// The canonical symbol of a unit's symbol, name or plural; None for other words.
let canonical (word: string) : string option =
    let singular =
        if word.Length > 2 && word.EndsWith 's' then find (word.Substring(0, word.Length - 1)) else None

    find word |> Option.orElse singular

/// True when the word names a unit.
let isUnit (word: string) = (canonical word).IsSome
