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
    dict [
        for canonical, names in table do
            for name in List.distinct names do
                name, canonical
        // The letter's LaTeX name; in lower case it would be a variable.
        "Omega", "ohm"
    ]

let private lower =
    [
        for canonical, names in table do
            for name in names -> name.ToLowerInvariant(), canonical
    ]
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
        if word.Length > 2 && word.EndsWith 's' then
            find (word.Substring(0, word.Length - 1))
        else
            None

    find word |> Option.orElse singular

/// True when the word names a unit.
let isUnit (word: string) = (canonical word).IsSome

/// The power of ten that a word such as "million" multiplies by.
let multiplier (word: string) : int option =
    match word.ToLowerInvariant() with
    | "hundred" -> Some 2
    | "thousand" -> Some 3
    | "million"
    | "millions" -> Some 6
    | "billion"
    | "billions" -> Some 9
    | "trillion"
    | "trillions" -> Some 12
    | _ -> None

let private qualifiers =
    set [
        for words in
            [
                "or and to if where not no is are minus plus times over by than then but except from of out"
                "more less fewer greater above below about around between least most half point dozen negative"
                "zero one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty"
                "plusminus otherwise nor either neither"
            ] do
            yield! words.Split ' '
    ]

/// True for a word that changes or doubts the number before it, so that it is no unit: "or", "minus", "half", "million".
let isQualifier (word: string) = qualifiers.Contains(word.ToLowerInvariant()) || (multiplier word).IsSome

/// A word of a unit phrase: "cm", "cm^2", "cm²", "seconds".
let private factor (word: string) : string option =
    let name, power =
        match word.IndexOf '^' with
        | -1 -> word, ""
        | at -> word.Substring(0, at), word.Substring(at + 1).Trim('{', '}')

    match canonical name with
    | Some unit when power = "" -> Some unit
    | Some unit when power.Length <= 2 -> Some $"{unit}^{power}"
    | _ -> None

/// The temperature scale of a word behind "degrees".
let private scaleOf (word: string) =
    match word.ToLowerInvariant() with
    | "c"
    | "celsius" -> Some "°C"
    | "f"
    | "fahrenheit" -> Some "°F"
    | _ -> None

/// The canonical form of a phrase made of known units: "square cm" and "cm^2", "km/h" and "kilometers per hour". None when
/// a word of it is no unit.
let phrase (text: string) : string option =
    let words =
        text
            .Replace("²", "^2")
            .Replace("³", "^3")
            .Replace("^ ", "^")
            .Replace(" ^", "^")
            .Replace("/", " / ")
            .Replace("\\cdot", " ")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        |> Array.toList

    let raised (power: int) (unit: string) = $"{unit}^{power}"

    let rec read (words: string list) (soFar: string) =
        match words with
        | [] -> if soFar = "" || soFar.EndsWith '/' then None else Some soFar
        | ("per" | "/") :: rest when soFar <> "" -> read rest (soFar + "/")
        | degree :: word :: rest when canonical degree = Some "°" && (scaleOf word).IsSome ->
            read rest (soFar + (scaleOf word).Value)
        | ("square" | "sq" | "sq.") :: word :: rest ->
            factor word |> Option.bind (fun unit -> read rest (soFar + raised 2 unit))
        | ("cubic" | "cu") :: word :: rest -> factor word |> Option.bind (fun unit -> read rest (soFar + raised 3 unit))
        | word :: "squared" :: rest -> factor word |> Option.bind (fun unit -> read rest (soFar + raised 2 unit))
        | word :: "cubed" :: rest -> factor word |> Option.bind (fun unit -> read rest (soFar + raised 3 unit))
        | word :: rest -> factor (word.TrimEnd '.') |> Option.bind (fun unit -> read rest (soFar + unit))

    match read words "" with
    | Some "mi/h" -> Some "mph"
    | found -> found
