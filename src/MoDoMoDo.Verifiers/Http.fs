namespace MoDoMoDo.Verifiers

open System
open System.Buffers
open System.IO
open System.Net
open System.Net.Http
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open System.Threading
open MoDoMoDo.Domain

/// Where a scorer listens, and how long and how often it is asked.
type HttpOptions = {
    /// http or https.
    Url: Uri
    /// For one request with its answer.
    Timeout: TimeSpan
    /// Further attempts after a failure that may pass: no connection, time, or a status 408, 429 or 5xx.
    Retries: int
    /// Longest answer in bytes.
    AnswerLimit: int
}

/// Why a request gave no score.
type private HttpFailure = { Why: string; MayPass: bool }

/// What is sent to a scorer.
module private HttpBody =

    let private list (items: (JsonNode | null) seq) : JsonNode = JsonArray(Seq.toArray items)

    let private object (fields: (string * (JsonNode | null)) list) : JsonNode =
        let node = JsonObject()

        for name, value in fields do
            node.Add(name, value)

        node

    let private text (value: string) : JsonNode | null = JsonValue.Create value
    let private whole (value: int) : JsonNode | null = JsonValue.Create value
    let private numbers (values: float seq) = values |> Seq.map (fun x -> JsonValue.Create x: JsonNode | null) |> list
    let private texts (values: string seq) = values |> Seq.map text |> list
    let private points (polygons: Polygon[]) = polygons |> Seq.map (fun p -> numbers p.Points) |> list

    let private box (b: LabelledBox) =
        object [ "box", numbers [ b.Box.X1; b.Box.Y1; b.Box.X2; b.Box.Y2 ]; "label", text b.Label ]

    /// The gold as JSON: a letter, a list of texts, boxes with their system, or a region.
    let private gold (gold: Gold) : JsonNode | null =
        match gold with
        | Gold.Letter letter -> text letter
        | Gold.Text answers -> texts answers
        | Gold.Boxes(boxes, system) ->
            object [ "boxes", boxes |> Seq.map box |> list; "system", text ((string system).ToLowerInvariant()) ]
        | Gold.Region(target, ignored, size) ->
            object [
                "polygons", points target
                "ignored", points ignored
                "height", whole size.Height
                "width", whole size.Width
            ]

    let ofAttempt (attempt: Attempt) : string =
        let sample = attempt.Sample

        (object [
            "id", text sample.Id
            "prompt", text attempt.Prompt
            "completion", text attempt.Completion.Text
            "gold", gold sample.Gold
            "options", texts sample.Options
            "params", object [ for KeyValue(name, value) in sample.Fields -> name, text value ]
            "step", whole attempt.Step
        ])
            .ToJsonString()

/// Asks a user's scorer over HTTP: an external program or a neural judge. It posts { id, prompt, completion, gold, options,
/// params, step } and reads a number in [0, 1], or { "score": number, "why": text }. Any failure is Unscorable with its
/// reason, and counted; none is a score of 0. It is the only verifier that is not pure.
[<Sealed>]
type HttpScorer(options: HttpOptions) =
    let handler =
        new SocketsHttpHandler(AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes 5.0)

    // The time limit is ours, over connection, headers and answer together.
    let client = new HttpClient(handler, Timeout = Timeout.InfiniteTimeSpan)
    let mutable requests, failures = 0L, 0L

    let fail mayPass why : Result<'a, HttpFailure> = Error { Why = why; MayPass = mayPass }

    let readAnswer (content: HttpContent) (stop: CancellationToken) = task {
        use! stream = content.ReadAsStreamAsync stop
        // One byte more than allowed tells a longer answer.
        let buffer = ArrayPool<byte>.Shared.Rent(options.AnswerLimit + 1)

        try
            let! count =
                stream.ReadAtLeastAsync(
                    buffer.AsMemory(0, options.AnswerLimit + 1),
                    options.AnswerLimit + 1,
                    false,
                    stop
                )

            return
                if count > options.AnswerLimit then
                    fail false $"an answer of more than {options.AnswerLimit} bytes"
                else
                    Ok(Encoding.UTF8.GetString(buffer, 0, count))
        finally
            ArrayPool<byte>.Shared.Return buffer
    }

    let post (body: string) = task {
        use stop = new CancellationTokenSource(options.Timeout)
        use request = new HttpRequestMessage(HttpMethod.Post, options.Url)
        request.Content <- new StringContent(body, Encoding.UTF8, "application/json")

        try
            use! response = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token)
            let status = int response.StatusCode

            if status = 200 then
                return! readAnswer response.Content stop.Token
            else
                return fail (status >= 500 || status = 408 || status = 429) $"status {status}"
        with
        | :? OperationCanceledException -> return fail true $"no answer within {options.Timeout.TotalSeconds} s"
        | :? HttpRequestException as e -> return fail true $"no connection: {e.HttpRequestError}"
        | :? IOException -> return fail true "the connection broke"
    }

    let scoreOf (answer: string) : Result<float * string, HttpFailure> =
        let number (element: JsonElement) =
            match element.ValueKind with
            | JsonValueKind.Number ->
                match element.TryGetDouble() with
                | true, value when value >= 0.0 && value <= 1.0 -> Ok value
                | _ -> fail false "a score outside [0, 1]"
            | _ -> fail false "no score in the answer"

        let field (name: string) (element: JsonElement) =
            match element.TryGetProperty name with
            | true, value -> Some value
            | _ -> None

        try
            use document = JsonDocument.Parse answer
            let root = document.RootElement

            match root.ValueKind with
            | JsonValueKind.Object ->
                let why =
                    match field "why" root with
                    | Some text when text.ValueKind = JsonValueKind.String -> string (text.GetString())
                    | _ -> ""

                match field "score" root with
                | Some score -> number score |> Result.map (fun value -> value, why)
                | None -> fail false "no score in the answer"
            | _ -> number root |> Result.map (fun value -> value, "")
        with :? JsonException ->
            fail false "an answer that is no JSON"

    let rec ask (body: string) (retries: int) =
        Interlocked.Increment &requests |> ignore

        match post(body).GetAwaiter().GetResult() |> Result.bind scoreOf with
        | Error failure when failure.MayPass && retries > 0 ->
            // Longer pauses with every attempt: 0.1, 0.2, 0.4 s ...
            Thread.Sleep(min 5_000 (100 <<< min 6 (options.Retries - retries)))
            ask body (retries - 1)
        | answered -> answered

    /// Requests sent so far, retries included.
    member _.Requests = Interlocked.Read &requests

    /// Attempts that ended as Unscorable so far.
    member _.Failures = Interlocked.Read &failures

    /// The scorer's verdict on an attempt.
    member _.Verify(attempt: Attempt) : Verdict =
        match ask (HttpBody.ofAttempt attempt) options.Retries with
        | Ok(score, why) ->
            let reason = if why = "" then $"scored by {options.Url.Host}" else why
            Verdict.Scored(score, Judge.evidence "" "" reason)
        | Error failure ->
            Interlocked.Increment &failures |> ignore
            Judge.unscorable $"{options.Url}: {failure.Why}"

    interface IDisposable with
        member _.Dispose() = client.Dispose()
