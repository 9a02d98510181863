/// How public projects read multiple-choice answers, quirks included (verifiers.md 2).
module MoDoMoDo.Verifiers.ChoiceParsers

open System
open Python

let private letters (options: string[]) = options |> Array.mapi (fun i _ -> MoDoMoDo.Domain.Sample.LetterOf i)

/// lmms-eval's ScienceQA: the whole answer is the letter, or it starts with a capital letter and a full stop.
let scienceQa (gold: string) (text: string) : float =
    let pred = strip text

    let hit =
        String.Equals(pred, gold, StringComparison.OrdinalIgnoreCase)
        || (pred.Length >= 2 && Char.IsAsciiLetterUpper pred[0] && pred[1] = '.' && string pred[0] = gold)

    if hit then 1.0 else 0.0

let private refusals = [
    "Sorry, I can't help with images of people yet."
    "I can't process this file."
    "I'm sorry, but without the image provided"
    "Cannot determine the answer"
]

/// VLMEvalKit's can_infer: a letter, "Z" for a refusal, None where it cannot infer.
let canInfer (options: string[]) (text: string) : string option =
    let names = letters options

    let byText () =
        let answer = Text.lower text

        if Text.length answer > 2 * (options |> Array.sumBy Text.length) then
            None
        else
            match Array.zip names options |> Array.filter (fun (_, option) -> contains (Text.lower option) answer) with
            | [| name, _ |] -> Some name
            | _ -> None

    // "answer is", any white space between and behind, asterisks, one of A to D: whatever follows, a word too.
    let byMark () =
        let spacesFrom at =
            let stop = skipSpace text at
            if stop > at then Some stop else None

        Scan.occurrences "answer" (text.ToLowerInvariant())
        |> List.tryPick (fun at ->
            spacesFrom (at + 6)
            |> Option.filter (fun at -> String.Compare(text, at, "is", 0, 2, StringComparison.OrdinalIgnoreCase) = 0)
            |> Option.bind (fun at -> spacesFrom (at + 2))
            |> Option.bind (fun at ->
                let mutable letter = at

                while letter < text.Length && text[letter] = '*' do
                    letter <- letter + 1

                if letter < text.Length && "ABCDabcd".Contains text[letter] then
                    Some(text.Substring(letter, 1).ToUpperInvariant())
                else
                    None))
        |> Option.filter (fun letter -> Array.contains letter names)

    if contains "Failed to obtain answer via API" text then
        byText ()
    elif refusals |> List.exists (fun refusal -> contains refusal text) then
        Some "Z"
    else
        let tokens = text |> String.map (fun c -> if ".()[],:;!*#{}".Contains c then ' ' else c) |> words

        match names |> Array.filter (fun name -> Array.contains name tokens) with
        | [| name |] when Array.IndexOf(tokens, name) > tokens.Length - 5 -> Some name
        | [||] when Array.contains "Z" tokens -> Some "Z"
        | _ -> byMark () |> Option.orElseWith byText

let private phrases =
    [
        "answer is"
        "correct answer is"
        "best answer is"
        "correct option is"
        "best option is"
        "choice is"
        "correct choice is"
    ]
    |> List.collect (fun phrase -> [ phrase; "the " + phrase ])
    |> fun all ->
        all
        @ [
            "i choose"
            "i select"
            "i pick"
            "my answer is"
            "my choice is"
            "옵션"
            "정답은"
            "답은"
            "답:"
            "答案是"
            "答案为"
            "选"
            "答えは"
        ]

/// lmms-eval's extract_mcq_answer: the candidate of the highest priority, then the latest, then the earliest letter.
let lmms (options: string[]) (text: string) : string option =
    let stripped = ",.!?;:'\"" |> Seq.fold (fun t c -> stripChar c t) (strip text)
    let padded = $" {stripped} "
    let bare = strip padded
    let lower = padded.ToLowerInvariant()
    let isAlpha i = i >= 0 && i < bare.Length && Char.IsLetter bare[i]

    let found (name: string) = [
        if bare.StartsWith(name, StringComparison.Ordinal) && not (isAlpha 1) then
            10, 0

        if bare.EndsWith(name, StringComparison.Ordinal) && not (isAlpha (bare.Length - 2)) then
            9, padded.Length - 1

        for phrase in phrases do
            match find phrase 0 lower with
            | -1 -> ()
            | at ->
                match find name (at + phrase.Length) padded with
                | -1 -> ()
                | position -> 7, position

        for priority, shape in [ 6, $"({name})"; 5, $"{name}."; 4, $"{name}:"; 3, $"{name})"; 2, $"{name} " ] do
            match findLast shape padded with
            | -1 -> ()
            | position -> priority, position
    ]

    let names = letters options |> Array.toList

    let candidates =
        match names |> List.collect (fun name -> found name |> List.map (fun c -> name, c)) with
        | [] ->
            names
            |> List.choose (fun name ->
                match findLast name padded with
                | -1 -> None
                | position -> Some(name, (0, position)))
        | some -> some

    match candidates with
    | [] -> None
    | some -> some |> List.maxBy snd |> fst |> Some

let private keywords = [
    "答案"
    "选择"
    "正确"
    "是"
    "对"
    "ANSWER"
    "CORRECT"
    "CHOOSE"
    "SELECT"
    "RIGHT"
    "认为"
    "应该"
    "觉得"
    "THINK"
    "BELIEVE"
    "SHOULD"
]

/// VLM-R1's extract_choice.
let private vlmR1Choice (text: string) : string option =
    let upper =
        String.Join(
            " ",
            (text.ToUpperInvariant() |> String.map (fun c -> if isSpace c then ' ' else c))
                .Split([| ' ' |], StringSplitOptions.RemoveEmptyEntries)
        )
    // Leading and trailing white space becomes one space.
    let upper =
        (if text <> "" && isSpace text[0] then " " else "")
        + upper
        + (if upper <> "" && isSpace text[text.Length - 1] then " " else "")

    let isUpper i = i >= 0 && i < upper.Length && Char.IsAsciiLetterUpper upper[i]

    let choices = [
        for i in 0 .. upper.Length - 1 do
            if isUpper i && not (isUpper (i - 1)) && (i + 1 = upper.Length || ".,?!:;".Contains upper[i + 1]) then
                string upper[i]
    ]

    match choices with
    | [] -> None
    | [ one ] -> Some one
    | several ->
        let points (choice: string) =
            let at = find choice 0 upper
            let context = upper.Substring(max 0 (at - 20), min upper.Length (at + 20) - max 0 (at - 20))
            let named = keywords |> List.filter (fun keyword -> contains keyword context) |> List.length
            let late = if float at > float upper.Length * 0.7 then 2 else 0
            let marked = if at < upper.Length - 1 && "。.!！,，".Contains upper[at + 1] then 1 else 0
            named + late + marked

        several
        |> List.distinct
        |> List.map (fun choice -> choice, points choice)
        |> List.maxBy snd
        |> fst
        |> Some

/// VLM-R1's mcq_reward.
let vlmR1 (gold: string) (text: string) : float =
    let wanted = vlmR1Choice gold |> Option.defaultValue (strip gold)
    let answer = Extractors.firstAnswer text |> Option.defaultValue text |> strip

    match vlmR1Choice answer with
    | Some choice when choice = wanted -> 1.0
    | _ -> 0.0

/// lmms-eval's MMMU parser; None where the reference answers at random.
let mmmu (options: string[]) (text: string) : string option =
    let stripped = ",.!?;:'" |> Seq.fold (fun t c -> stripChar c t) text
    let response = $" {stripped} "
    let names = letters options
    let having (shape: string -> string) = names |> Array.filter (fun name -> contains (shape name) response)

    let latest (position: string -> int) (candidates: string[]) =
        // numpy's argmax takes the first of equal ones.
        candidates |> Array.maxBy position

    match having (fun n -> $"({n})"), having (fun n -> $"{n} "), having (fun n -> $"{n}.") with
    | [||], [||], [||] ->
        let lower = Text.lower response

        let byText =
            if (words response).Length > 5 then
                Array.zip names options |> Array.filter (fun (_, option) -> contains (Text.lower option) lower)
            else
                [||]

        match byText with
        | [||] -> None
        | some -> some |> Array.maxBy (fun (_, option) -> findLast (Text.lower option) lower) |> fst |> Some
    | [| one |], _, _ -> Some one
    | [||], [| one |], _ -> Some one
    | [||], [||], [| one |] -> Some one
    | [||], [||], several
    | [||], several, _ -> Some(latest (fun n -> findLast $" {n} " response) several)
    | bracketed, _, _ -> Some(latest (fun n -> findLast $"({n})" response) bracketed)

/// SAT's filter in lmms-eval: without punctuation, the letter of the option that the text names first, else the text's first
/// word.
let sat (options: string[]) (answer: string) : string =
    let cleaned = answer |> String.filter (fun c -> Python.isWord c || Char.IsWhiteSpace c) |> Python.strip

    let named =
        options
        |> Array.indexed
        |> Array.choose (fun (index, option) ->
            match Python.find (Python.strip option) 0 cleaned with
            | -1 -> None
            | at -> Some(at, index))

    match named with
    | [||] -> cleaned.Split(' ')[0]
    | some -> MoDoMoDo.Domain.Sample.LetterOf(snd (Array.min some))
