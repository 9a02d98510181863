/// Which option an answer chooses. An answer that names several options, or rejects one, chooses none.
module MoDoMoDo.Verifiers.Choice

open System
open MoDoMoDo.Domain
open Reading

let private introductions = [
    "therefore"
    "i believe"
    "i think"
    "it must be"
    "it should be"
    "hence"
    "thus"
    "so"
    "my final answer is"
    "my answer is"
    "my answer"
    "ans"
    "my choice is"
    "i choose"
    "i select"
    "i pick"
    "the correct answer is"
    "the final answer is"
    "the correct option is"
    "the correct choice is"
    "the answer is"
    "correct answer"
    "final answer"
    "answer is"
    "answer"
    "the option"
    "option"
    "choice"
    "it is"
    "it's"
]

/// The answer behind "the answer is", "option", and the like, as often as they stand there.
let withoutIntroduction (text: string) : string =
    let rec strip (t: string) budget =
        let t = t.TrimStart(' ', ':', '=', ',')

        introductions
        |> List.tryFind (fun phrase ->
            t.StartsWith(phrase, StringComparison.OrdinalIgnoreCase)
            && t.Length > phrase.Length
            && not (Char.IsLetterOrDigit t[phrase.Length]))
        |> function
            | Some phrase when budget > 0 -> strip (t.Substring phrase.Length) (budget - 1)
            | _ -> t

    strip text 5

/// What may stand behind the chosen option without changing the choice.
let private confirmations = [
    " is the correct answer"
    " is the correct option"
    " is the correct choice"
    " is the right answer"
    " is the best answer"
    " is the answer"
    " is correct"
    " is right"
]

let private withoutConfirmation (text: string) : string =
    let t = text.TrimEnd('.', '!', ' ')

    match confirmations |> List.tryFind (fun phrase -> t.EndsWith(phrase, StringComparison.OrdinalIgnoreCase)) with
    | Some phrase -> t.Substring(0, t.Length - phrase.Length)
    | None -> text

/// A letter set in bold by LaTeX with a text behind it: \textbf{(B)}\ text.
let private withoutMarkup (text: string) : string =
    let t = text.Trim()

    match t.IndexOf '{' with
    | at when at > 0 && t[0] = '\\' && t.Substring(1, at - 1) |> Seq.forall Char.IsAsciiLetter ->
        match Scan.closingBrace t at with
        | Some stop -> t.Substring(at + 1, stop - at - 2) + " " + t.Substring(stop).Replace("\\ ", " ")
        | None -> text
    | _ -> text

/// A letter with its decoration: "B", "(B)", "B.", "[B]:", "B) text"; then what follows it, trimmed.
let private letterAndRest (count: int) (text: string) : (int * string) option =
    let opened = text.Length > 0 && "([{".Contains text[0]
    let t = if opened then text.Substring(1).TrimStart() else text

    let index =
        if t.Length > 0 && Char.IsAsciiLetter t[0] then
            int (Char.ToUpperInvariant t[0]) - int 'A'
        else
            -1

    if index < 0 || index >= count then
        None
    else
        let rest = t.Substring 1
        let closers = if opened then ")]}" else ")]}.:,-"
        let closed = rest.TrimStart()

        if rest = "" && not opened then
            Some(index, "")
        elif closed <> "" && closers.Contains closed[0] then
            Some(index, closed.Substring(1).TrimStart('.', ':', ',', '-', ' ').Trim())
        else
            None

/// True when the text behind a letter joins, rejects or names another one.
let private namesAnother (index: int) (rest: string) =
    rest.Split([| ' '; '\t'; '\n'; '('; ')'; '['; ']'; '.'; ','; ';'; ':'; '/'; '*' |])
    |> Array.exists (fun word ->
        List.contains (word.ToLowerInvariant()) [ "or"; "and"; "not"; "nor" ]
        || (word.Length = 1 && Char.IsAsciiLetterUpper word[0] && int word[0] - int 'A' <> index))

/// No spaces, no article in front.
let private loose (text: string) = (Text.words text).Replace(" ", "")

/// The index of the only option that the text is, in normal form or else without its article and spaces.
let private optionNamed (options: string[]) (text: string) : int option =
    let only (form: string -> string) =
        let wanted = form text

        match options |> Array.indexed |> Array.filter (fun (_, option) -> form option = wanted) with
        | [| index, _ |] when wanted <> "" -> Some index
        | _ -> None

    only Text.answer |> Option.orElseWith (fun () -> only loose)

/// The option that a text is as it stands, or that a capital letter counts: where options are letters themselves, "c" and
/// "C" may be two of them.
let private capitalOrExact (options: string[]) (text: string) : int option =
    match options |> Array.indexed |> Array.filter (fun (_, option) -> option.Trim() = text) with
    | [| index, _ |] -> Some index
    | _ when text.Length = 1 && Char.IsAsciiLetterUpper text[0] && int text[0] - int 'A' < options.Length ->
        Some(int text[0] - int 'A')
    | _ -> None

/// A letter and its option's text without a mark between them: "B red", "B = red", "red (B)".
let private letterAndOption (options: string[]) (text: string) : int option =
    let isPair (index: int) (letter: string) (rest: string) =
        letter.Equals(Sample.LetterOf index, StringComparison.OrdinalIgnoreCase)
        && loose rest = loose options[index]
        && loose rest <> ""

    let t = text.TrimEnd('.', ' ')

    let behind =
        if t.Length > 3 && t.EndsWith ')' && t[t.Length - 3] = '(' then
            Some(string t[t.Length - 2], t.Substring(0, t.Length - 3))
        else
            None

    let front =
        if t.Length > 2 && " =".Contains t[1] then
            Some(string t[0], t.Substring(1).TrimStart(' ', '='))
        else
            None

    [ front; behind ]
    |> List.choose id
    |> List.tryPick (fun (letter, rest) ->
        Seq.tryFind (fun index -> isPair index letter rest) (seq { 0 .. options.Length - 1 }))

/// Which of the options the text chooses, counted from 0: a letter in any usual decoration, a letter with its option's
/// text, or one option's text. Missing when it names none, several or something else. With no options given, a letter
/// A to Z is read, and what follows it is not checked beyond being no second letter.
let read (options: string[]) : Extractor<int> =
    let count = if options.Length = 0 then 26 else options.Length

    let agrees index (rest: string) =
        rest = ""
        || if options.Length > 0 then
               Text.answer rest = Text.answer options[index]
           else
               (letterAndRest 26 rest).IsNone && not (namesAnother index rest)

    atMost Limits.formula
    >=> notBlank
    >=> fun text ->
        let text = Text.narrow text
        let plain = text |> Text.bare |> withoutConfirmation
        let stated = withoutIntroduction plain

        match
            capitalOrExact options stated
            |> Option.orElseWith (fun () -> optionNamed options text)
            |> Option.orElseWith (fun () -> optionNamed options stated)
            |> Option.orElseWith (fun () -> letterAndOption options stated)
        with
        | Some index -> Ok index
        | None ->
            // Unwrapping would cut the bracket of "(B) text" from "(B) text (more)": try the text as it stands, too.
            [ plain; text |> Text.untex |> Text.collapseSpaces; withoutMarkup text ]
            |> List.tryPick (fun form ->
                letterAndRest count ((withoutIntroduction form).Trim().Replace("**", "").Trim())
                |> Option.filter (fun (index, rest) -> agrees index rest))
            |> Option.map fst
            |> ofOption "no single option is named"

/// The index of a gold: the text of exactly one option as it stands, a letter within the options, or an option's text in
/// normal form.
let gold (options: string[]) (text: string) : Result<int, string> =
    let trimmed = text.Trim()

    match capitalOrExact options trimmed |> Option.orElseWith (fun () -> optionNamed options trimmed) with
    | Some index -> Ok index
    | None when trimmed.Length = 1 && Char.IsAsciiLetter trimmed[0] ->
        let index = int (Char.ToUpperInvariant trimmed[0]) - int 'A'

        if options.Length > 0 && index >= options.Length then
            Error $"the gold is {trimmed}, but there are {options.Length} options"
        else
            Ok index
    | None -> Error $"wanted a letter or an option's text as gold, found '{trimmed}'"
