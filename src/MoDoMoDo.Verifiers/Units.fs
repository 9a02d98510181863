/// Names of units: symbol, name and plural of one unit are the same unit. Nothing is converted.
module MoDoMoDo.Verifiers.Units

open System

/// Units without prefixes: the canonical symbol, then further symbols and names.
let private table: (string * string list) list = [
    "in", [ "inch"; "inche" ]
    "ft", [ "foot"; "feet" ]
    "yd", [ "yard" ]
    "mi", [ "mile" ]
    "kg", [ "kilo" ]
    "t", [ "ton"; "tonne" ]
    "lb", [ "pound" ]
    "oz", [ "ounce" ]
    "min", [ "minute" ]
    "h", [ "hr"; "hour" ]
    "day", [ "d" ]
    "week", [ "wk" ]
    "month", []
    "year", [ "yr" ]
    "gal", [ "gallon" ]
    "qt", [ "quart" ]
    "pt", [ "pint" ]
    "acre", []
    "ha", [ "hectare" ]
    "K", [ "kelvin" ]
    "atm", [ "atmosphere" ]
    "°C", [ "celsius"; "degree celsius"; "degrees celsius" ]
    "°F", [ "fahrenheit"; "degree fahrenheit"; "degrees fahrenheit" ]
    "rad", [ "radian" ]
    "°", [ "deg"; "degree" ]
    "$", [ "dollar"; "usd"; "buck" ]
    "¢", [ "cent" ]
    "€", [ "euro"; "eur" ]
    "£", [ "gbp" ]
    "¥", []
    "yen", [ "jpy" ]
    "yuan", [ "rmb" ]
    "rpm", [ "revolutions per minute" ]
    "kohm", [ "kilohm" ]
    "Mohm", [ "megohm" ]
    "unit", [ "u" ]
]

/// Units that take prefixes: symbols, then names.
let private prefixed: (string list * string list) list = [
    [ "m" ], [ "meter"; "metre" ]
    [ "g" ], [ "gram"; "gramme" ]
    [ "s"; "sec" ], [ "second" ]
    [ "l"; "L" ], [ "liter"; "litre" ]
    [ "N" ], [ "newton" ]
    [ "J" ], [ "joule" ]
    [ "W" ], [ "watt" ]
    [ "V" ], [ "volt" ]
    [ "A" ], [ "ampere"; "amp" ]
    [ "ohm"; "Ω"; "Ω"; "Omega" ], []
    [ "Hz" ], [ "hertz" ]
    [ "Pa" ], [ "pascal" ]
    [ "mol" ], [ "mole" ]
    [ "cal" ], [ "calorie" ]
    [ "eV" ], [ "electronvolt"; "electron volt" ]
    [ "bit" ], []
]

/// Their symbols are taken for letters when they stand alone.
let private onlyPrefixed: (string list * string list) list = [
    [ "B" ], [ "byte" ]
    [ "C" ], [ "coulomb" ]
    [ "F" ], [ "farad" ]
    [ "T" ], [ "tesla" ]
]

let private prefixes: (string list * string) list = [
    [ "n" ], "nano"
    [ "µ"; "μ"; "mu" ], "micro"
    [ "m" ], "milli"
    [ "c" ], "centi"
    [ "d" ], "deci"
    [ "k" ], "kilo"
    [ "M" ], "mega"
    [ "G" ], "giga"
    [ "T" ], "tera"
]

let private isWord (name: string) = name.Length > 3

/// Every symbol and name with its canonical symbol; symbols keep their case.
let private spellings: (string * string) list = [
    for canonical, names in table do
        for name in canonical :: names do
            name, canonical
    for symbols, names in prefixed do
        for name in symbols @ names do
            name, symbols.Head
    for symbols, names in onlyPrefixed do
        for name in names do
            name, symbols.Head
    for symbols, names in prefixed @ onlyPrefixed do
        for short, long in prefixes do
            let canonical = short.Head + symbols.Head

            for prefix in short do
                for symbol in symbols do
                    prefix + symbol, canonical

            for name in names @ List.filter (fun (symbol: string) -> symbol.Length >= 3) symbols do
                long + name, canonical
]

let private exact = spellings |> List.distinctBy fst |> dict

/// What is found whatever its case: names, and symbols without a prefix; a single letter is what it is.
let private caseless =
    let bare =
        set [
            for canonical, names in table do
                yield! canonical :: names
        ]

    let unprefixed =
        set [
            for symbols, _ in prefixed do
                yield! symbols
            yield! [ "mm"; "cm"; "dm"; "km"; "mg"; "kg"; "ml"; "cl"; "dl"; "kw"; "kj"; "kpa" ]
        ]

    spellings
    |> List.filter (fun (name, _) ->
        name <> "Omega"
        && name.Length > 1
        && (isWord name || bare.Contains name || unprefixed.Contains(name.ToLowerInvariant())))
    |> List.map (fun (name, canonical) -> name.ToLowerInvariant(), canonical)
    |> List.distinctBy fst
    |> dict

let private find (word: string) =
    match exact.TryGetValue word with
    | true, unit -> Some unit
    | _ ->
        match caseless.TryGetValue(word.ToLowerInvariant()) with
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

/// One word that means several units.
let private shared = [ "lb", "£"; "yen", "¥"; "yuan", "¥" ]

/// One apple is as good as two apples.
let private singular (word: string) =
    if word.Length > 3 && word.EndsWith 's' then
        word.Substring(0, word.Length - 1)
    else
        word

/// True when both are the same canonical unit, one word means both, or one of them is empty.
let same (a: string) (b: string) : bool =
    a = ""
    || b = ""
    || singular a = singular b
    || List.contains (a, b) shared
    || List.contains (b, a) shared

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
                // Operations and parts.
                "squared cubed factorial doubled tripled halved negated inverse inverted reciprocal root"
                "halves thirds quarters fourths fifths sixths sevenths eighths ninths tenths hundredths thousandths"
                // Numbers and bases.
                "tens hundreds thousands k lakh lakhs crore crores gross score scores bn mn"
                "permille ppm ppb basis hex hexadecimal octal binary"
                // Verdicts and doubts.
                "wrong incorrect false invalid rejected excluded nope none never unless maybe perhaps possibly extraneous"
                "minimum maximum upwards upward onwards max min"
            ] do
            yield! words.Split ' '
    ]

/// True for a word that changes or doubts the number before it, so that it is no unit: "or", "minus", "half", "million".
let isQualifier (word: string) = qualifiers.Contains(word.ToLowerInvariant()) || (multiplier word).IsSome
