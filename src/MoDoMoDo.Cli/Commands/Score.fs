namespace MoDoMoDo.Cli.Commands

open System
open System.Collections.Generic
open System.IO
open Argu
open MoDoMoDo.Cli
open MoDoMoDo.Domain
open MoDoMoDo.Experiments
open MoDoMoDo.Verifiers

type ScoreArguments =
    | Cases of file: string
    | Summary of file: string
    | Verifier of name: string
    | Gold of gold: string
    | Pred of completion: string
    | Params of json: string
    | Completions of file: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Cases _ -> "a file of verifier cases; one verdict a line, in their order"
            | Summary _ -> "where the summary per metric of --cases goes; default: standard error"
            | Verifier _ ->
                "name of a verifier ('modomodo verifiers' lists them); most read the answer in <answer> tags, unless their parameter extract says otherwise"
            | Gold _ -> "what counts as right: a text, or JSON (a list of texts, a box [x1,y1,x2,y2], a list of boxes)"
            | Pred _ -> "the completion to judge"
            | Params _ -> "parameters of the verifier as JSON: {\"floor\": 0.5}"
            | Completions _ ->
                "JSON lines {id, verifier?, completion, gold, options?, params?, prompt?, fields?, step?, group?}, or - for standard input; other fields are ignored"

/// `modomodo score`
module ScoreCommand =

    let private goldOf (text: string) =
        match Json.tryParse text with
        | Ok value -> GoldJson.parse "--gold" false value
        | Error _ -> Gold.Text [| text |]

    /// Parameters as a JSON object, or none.
    let private anObject (place: string) (field: string) (value: Json) : Json =
        match value with
        | Json.Null
        | Json.Object _ -> value
        | other -> raise (InputException(place, field, "an object", Schema.shown other))

    let private one (name: string) (gold: string) (pred: string) (parameters: string) =
        let verifier =
            Catalogue.findWith name (GoldJson.parameters (anObject "--params" "" (Json.parse "--params" parameters)))

        let verdict = verifier.Verify(Attempt.Create(Sample.Create("", "", "", [||], goldOf gold), pred))
        Console.Out.WriteLine(Json.line (Json.Object(GoldJson.ofVerdict verdict)))
        Errors.Done

    let private textAt (place: string) (name: string) (row: Json) =
        match Json.field name row with
        | Json.Text text -> text
        | other -> raise (InputException(place, name, "a text", Schema.shown other))

    /// The attempt of a row: completion, gold, and options, prompt, fields and step where it has them.
    let private attemptOf (place: string) (row: Json) : Attempt =
        let options = Json.items (Json.field "options" row) |> List.map Json.text |> Array.ofList
        let gold = GoldJson.parse place (options.Length > 0) (Json.field "gold" row)
        let prompt = Json.text (Json.field "prompt" row)
        let step = Json.number (Json.field "step" row)

        let sample = {
            Sample.Create("", "", prompt, [||], gold) with
                Options = options
                Fields = GoldJson.parameters (Json.field "fields" row)
        }

        {
            Attempt.Create(sample, textAt place "completion" row) with
                Step = (if step >= 0.0 then int step else 0)
        }

    /// Verifiers by name and parameters; one that was made serves all its rows.
    let private verifiers () =
        let made = Dictionary<string, IVerifier>()

        fun (name: string) (parameters: Json) ->
            let key = name + "\n" + Json.line parameters

            match made.TryGetValue key with
            | true, verifier -> verifier
            | _ ->
                made[key] <- Catalogue.findWith name (GoldJson.parameters parameters)
                made[key]

    /// The answer to one line of a completions file: the outcome, and the line to print. A row that cannot be judged carries
    /// an error and the work goes on.
    let private judge find (fallback: string option) (place: string) (line: string) : string * Json =
        let read = Json.tryParse line

        let id =
            match read with
            | Ok(Json.Object _ as row) -> Json.field "id" row
            | _ -> Json.Null

        try
            let row =
                match read with
                | Ok(Json.Object _ as row) -> row
                | Ok other -> raise (InputException(place, "", "an object", Schema.shown other))
                | Error(_, why) -> raise (InputException(place, "", "JSON", why))

            let name =
                match Json.field "verifier" row, fallback with
                | Json.Text name, _ -> name
                | _, Some name -> name
                | _ -> raise (InputException(place, "verifier", "a verifier's name, here or by --verifier", "none"))

            let verifier: IVerifier = find name (anObject place "params" (Json.field "params" row))
            let verdict = verifier.Verify(attemptOf place row)
            verdict.Outcome, Json.Object(("id", id) :: GoldJson.ofVerdict verdict)
        with :? InputException as e ->
            "error", Json.Object [ "id", id; "error", Json.Text e.Message ]

    let private completions (fallback: string option) (file: string) =
        let name, reader =
            if file = "-" then "standard input", Console.In
            elif File.Exists file then file, new StreamReader(file) :> TextReader
            else raise (InputException(file, "", "a file", "none"))

        let find, outcomes = verifiers (), List<string>()
        let mutable number = 0
        let mutable line = reader.ReadLine()

        while not (isNull line) do
            number <- number + 1

            match line with
            | null -> ()
            | text when String.IsNullOrWhiteSpace text -> ()
            | text ->
                let outcome, answer = judge find fallback (name + ": line " + string number) text
                outcomes.Add outcome
                Console.Out.WriteLine(Json.line answer)
                Console.Out.Flush()

            line <- reader.ReadLine()

        let count outcome = outcomes |> Seq.filter ((=) outcome) |> Seq.length

        let errors, unscorable = count "error", count "unscorable"

        if errors > 0 then
            Console.Error.WriteLine(
                $"{name}: {errors} of {outcomes.Count} rows could not be judged; each says why under \"error\""
            )

        if unscorable > 0 then
            Console.Error.WriteLine(
                $"{name}: {unscorable} of {outcomes.Count} rows are unscorable: their gold, or their scorer, is at fault"
            )

        Errors.Done

    /// What a set of cases came to, by metric: rows, how many of each verdict, errors, slowest row.
    let private summary (answers: (string * Json) list) : string =
        answers
        |> List.groupBy fst
        |> List.map (fun (metric, rows) ->
            let verdicts = rows |> List.countBy (fun (_, answer) -> Json.text (Json.field "verdict" answer))

            let errors =
                rows |> List.filter (fun (_, answer) -> Json.field "error" answer <> Json.Null) |> List.length

            let slowest = rows |> List.map (fun (_, answer) -> Json.number (Json.field "ms" answer)) |> List.max

            Json.line (
                Json.Object [
                    "metric", Json.Text metric
                    "rows", Json.Number(float rows.Length)
                    "verdicts", Json.Object [ for verdict, count in verdicts -> verdict, Json.Number(float count) ]
                    "errors", Json.Number(float errors)
                    "max_ms", Json.Number slowest
                ]
            ))
        |> String.concat "\n"

    /// One answer a row of verifier cases. The first row of each metric is scored once before it counts, so that no time
    /// measures compilation.
    let private cases (file: string) (summaryFile: string option) =
        let seen = HashSet<string>()
        let answers = List<string * Json>()

        for line in (Files.read file).Split '\n' do
            if not (String.IsNullOrWhiteSpace line) then
                let metric = Cases.metricOf line

                if seen.Add metric then
                    Cases.scoreLine line |> ignore

                let answer = Cases.scoreLine line
                Console.Out.WriteLine answer

                match Json.tryParse answer with
                | Ok value -> answers.Add(metric, value)
                | Error _ -> ()

        let text = summary (List.ofSeq answers)

        match summaryFile with
        | Some file -> Files.write file (text + "\n")
        | None -> Console.Error.WriteLine text

        Errors.Done

    let private run (_: Common) (given: string[]) =
        let arguments = Arguments.parse<ScoreArguments> "score" given

        let others = [
            if (arguments.TryGetResult Verifier).IsSome then
                "--verifier"
            if (arguments.TryGetResult Completions).IsSome then
                "--completions"
            if (arguments.TryGetResult Pred).IsSome then
                "--pred"
        ]

        match arguments.TryGetResult ScoreArguments.Cases with
        | Some _ when not others.IsEmpty -> Errors.usage "score" "--cases alone" (String.concat ", " others)
        | Some file -> cases file (arguments.TryGetResult Summary)
        | None ->

            match arguments.TryGetResult Completions, arguments.TryGetResult Verifier with
            | Some file, verifier -> completions verifier file
            | None, Some verifier ->
                match arguments.TryGetResult Gold, arguments.TryGetResult Pred with
                | Some gold, Some pred -> one verifier gold pred (arguments.GetResult(Params, defaultValue = "{}"))
                | None, _ -> Errors.usage "score" "--gold with --verifier" "nothing"
                | _, None -> Errors.usage "score" "--pred with --verifier" "nothing"
            | None, None ->
                Errors.usage "score" "--completions FILE, --cases FILE, or --verifier NAME --gold G --pred P" "neither"

    let command = {
        Name = "score"
        Summary = "judge answers: one, or the completions of any trainer"
        Examples = [
            "modomodo score --verifier modomodo --gold 42 --pred \"<think>6*7</think><answer>42</answer>\""
            "modomodo score --verifier iou --gold \"[100,100,300,200]\" --pred \"<answer>[90,100,300,200]</answer>\" --params '{\"threshold\": 0.5}'"
            "modomodo score --verifier math --params '{\"extract\": \"boxed\"}' --gold 1/2 --pred 'so \\boxed{0.5}'"
            "modomodo score --verifier world --completions completions.jsonl"
            "my-trainer | modomodo score --completions -"
            "modomodo score --cases anls_given.jsonl --summary summary.jsonl"
        ]
        Usage = Arguments.help<ScoreArguments> "score"
        Run = run
    }
