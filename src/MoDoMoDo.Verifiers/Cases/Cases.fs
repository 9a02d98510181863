namespace MoDoMoDo.Verifiers

open System
open System.Diagnostics
open System.Text.Json
open System.Text.Json.Nodes

/// Scoring of recorded cases: one JSON row in, one JSON line out.
module Cases =

    let private scorer (row: CaseRow) : CaseRow -> Computed =
        let metric = row.Metric

        let tables =
            if row.Has "category" then
                [ StrictCases.byMetric; LengthCases.byMetric ]
            else
                [ CompatCases.byMetric; LengthCases.byMetric; PublicCases.byMetric ]

        match tables |> List.tryPick (Map.tryFind metric) with
        | Some scorer -> scorer
        | None -> raise (BadRow $"unknown metric {metric}")

    /// Numbers and texts as short as JSON allows, on one line.
    let private options = JsonSerializerOptions(WriteIndented = false)

    let private line (id: JsonNode | null) (computed: Computed) (milliseconds: float) (error: string option) : string =
        let node = JsonObject()
        node.Add("id", id)
        node.Add("verdict", JsonValue.Create computed.Verdict)

        for name, value in computed.Fields do
            node.Add(name, value)

        node.Add("ms", JsonValue.Create(Math.Round(milliseconds, 3)))

        match error with
        | Some why -> node.Add("error", JsonValue.Create why)
        | None -> ()

        node.ToJsonString options

    let private nothing = { Verdict = "unscorable"; Fields = [ "computed", null ] }

    /// The answer line of one row of verifier cases: id, verdict, computed (and its companions), ms, and error when the row
    /// cannot be done. Rows with a category are scored as a reward scores, all others as the public project that the metric
    /// names. Never raises on a row's content.
    [<CompiledName "ScoreLine">]
    let scoreLine (json: string) : string =
        try
            use document = JsonDocument.Parse json
            let root = document.RootElement

            if root.ValueKind <> JsonValueKind.Object then
                raise (JsonException $"wanted an object, found {root.ValueKind}")

            let id: JsonNode | null =
                CaseRow.Field "id" root |> Option.map (fun e -> JsonNode.Parse(e.GetRawText())) |> Option.toObj

            let watch = Stopwatch()

            try
                let row = CaseRow root
                let score = scorer row
                watch.Start()
                let computed = score row
                line id computed watch.Elapsed.TotalMilliseconds None
            with
            | BadRow why -> line id nothing watch.Elapsed.TotalMilliseconds (Some why)
            | e ->
                line
                    id
                    nothing
                    watch.Elapsed.TotalMilliseconds
                    (Some $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(string ' ')}")
        with :? JsonException as e ->
            line null nothing 0.0 (Some $"no row: {e.Message.ReplaceLineEndings(string ' ')}")

    /// Runs every verifier once on its own example, and the mathematical engine on a sum, so that the times of later rows do
    /// not measure compilation.
    [<CompiledName "WarmUp">]
    let warmUp () : unit =
        for entry in Catalogue.entries do
            let sample, completion = entry.Example
            (Catalogue.find entry.Name).Verify(MoDoMoDo.Domain.Attempt.Create(sample, completion)) |> ignore

        for row in
            [
                """{"id":"","metric":"math_equiv","gold":"x+\\sqrt{2}","pred":"\\sqrt{2}+x"}"""
                """{"id":"","metric":"mcq","gold":"A","pred":"B","params":{"options":["a","b"]}}"""
                """{"id":"","metric":"extract","pred":"\\boxed{1}"}"""
                """{"id":"","metric":"format","pred":"<think>a</think><answer>1</answer>"}"""
            ] do
            scoreLine row |> ignore

    /// The metric that a row names; "" when it names none.
    [<CompiledName "MetricOf">]
    let metricOf (json: string) : string =
        try
            use document = JsonDocument.Parse json
            CaseRow.Field "metric" document.RootElement |> Option.map CaseRow.Text |> Option.defaultValue ""
        with _ ->
            ""
