/// Units made of units: areas, speeds, densities.
module MoDoMoDo.Verifiers.UnitPhrase

open System

/// A unit and its power.
type private Factor = string * int

/// Short forms of products and quotients.
let private short =
    dict [
        "mph", [ "mi", 1; "h", -1 ]
        "kph", [ "km", 1; "h", -1 ]
        "kmph", [ "km", 1; "h", -1 ]
        "mps", [ "m", 1; "s", -1 ]
        "nm", [ "N", 1; "m", 1 ]
        "wh", [ "W", 1; "h", 1 ]
        "kwh", [ "kW", 1; "h", 1 ]
        "cc", [ "cm", 3 ]
    ]

let private powerOf (digits: string) : int option =
    match Int32.TryParse(digits.Trim('{', '}')) with
    | true, power when abs power <= 9 -> Some power
    | _ -> None

/// A word of a phrase: "cm", "cm^2", "cm2", "s^{-1}", "Nm", "kilowatt-hours".
let rec private factors (word: string) : Factor list option =
    let raise' power name = Units.canonical name |> Option.map (fun unit -> [ unit, power ])
    let last = word[word.Length - 1]

    match word.IndexOf '^', word.IndexOf '-', short.TryGetValue(word.ToLowerInvariant()) with
    | _, _, (true, several) when word <> "nm" -> Some several
    | at, _, _ when at > 0 ->
        powerOf (word.Substring(at + 1)) |> Option.bind (fun power -> raise' power (word.Substring(0, at)))
    | _, at, _ when at > 0 && at < word.Length - 1 ->
        Option.map2 (@) (factors (word.Substring(0, at))) (factors (word.Substring(at + 1)))
    | _ when word.Length > 1 && (last = '2' || last = '3') ->
        raise' (int last - int '0') (word.Substring(0, word.Length - 1))
    | _ -> raise' 1 word

/// The temperature scale of a word behind "degrees".
let private scaleOf (word: string) =
    match word.ToLowerInvariant() with
    | "c"
    | "celsius" -> Some "°C"
    | "f"
    | "fahrenheit" -> Some "°F"
    | _ -> None

/// One spelling of a product of powers: units in order, those that divide behind a slash.
let private spelled (all: Factor list) : string =
    let total = all |> List.groupBy fst |> List.map (fun (unit, powers) -> unit, List.sumBy snd powers)

    let side wanted =
        total
        |> List.filter (fun (_, power) -> sign power = wanted)
        |> List.sortWith (fun (a, _) (b, _) -> String.CompareOrdinal(a, b))
        |> List.map (fun (unit, power) -> if abs power = 1 then unit else $"{unit}^{abs power}")
        |> String.concat "·"

    match side 1, side -1 with
    | above, "" -> above
    | above, below -> above + "/" + below

/// The canonical form of a phrase made of known units: "square cm" and "cm^2", "km/h" and "kilometers per hour". None when
/// a word of it is no unit.
let canonical (text: string) : string option =
    let words =
        text
            .Replace("²", "^2")
            .Replace("³", "^3")
            .Replace("^ ", "^")
            .Replace(" ^", "^")
            .Replace("/", " / ")
            .Replace("\\cdot", " ")
            .Replace("·", " ")
            .Replace("*", " ")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        |> Array.toList

    // What stands behind "per" or a slash divides.
    let rec read (words: string list) (sign: int) (soFar: Factor list) : Factor list option =
        let take powers word rest =
            factors (word: string)
            |> Option.bind (fun found ->
                read rest 1 (soFar @ [ for unit, power in found -> unit, sign * power * powers ]))

        match words with
        | [] -> if soFar.IsEmpty || sign < 0 then None else Some soFar
        | ("per" | "/") :: rest when not soFar.IsEmpty && sign > 0 -> read rest -1 soFar
        | degree :: word :: rest when Units.canonical degree = Some "°" && (scaleOf word).IsSome ->
            read rest 1 (soFar @ [ (scaleOf word).Value, sign ])
        | "mu" :: word :: rest when Units.isUnit ("µ" + word) -> take 1 ("µ" + word) rest
        | ("m" | "k" | "M" as prefix) :: "Omega" :: rest -> take 1 (prefix + "Omega") rest
        | ("square" | "sq" | "sq.") :: word :: rest -> take 2 word rest
        | ("cubic" | "cu" | "cu.") :: word :: rest -> take 3 word rest
        | word :: "squared" :: rest -> take 2 word rest
        | word :: "cubed" :: rest -> take 3 word rest
        | "years" :: "old" :: rest
        | "year" :: "old" :: rest -> take 1 "year" rest
        | word :: rest -> take 1 (word.TrimEnd '.') rest

    if words |> List.exists (fun word -> word.TrimEnd('.') = "") then
        None
    else
        read words 1 [] |> Option.map spelled
