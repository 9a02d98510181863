module MoDoMoDo.Verifiers.Tests.HttpTests

open System
open System.Net
open System.Net.Sockets
open System.Text
open System.Threading
open Xunit
open MoDoMoDo.Domain
open MoDoMoDo.Verifiers

let private freePort () =
    use probe = new TcpListener(IPAddress.Loopback, 0)
    probe.Start()
    (probe.LocalEndpoint :?> IPEndPoint).Port

/// A scorer that answers each request by a function of its number and body.
type private Listener(answer: int -> string -> HttpListenerResponse -> unit) =
    let url = $"http://127.0.0.1:{freePort ()}/"
    let listener = new HttpListener()
    let mutable count = 0

    let rec serve () =
        match
            (try
                Some(listener.GetContext())
             with _ ->
                 None)
        with
        | None -> ()
        | Some context ->
            use reader = new IO.StreamReader(context.Request.InputStream, Encoding.UTF8)
            let body = reader.ReadToEnd()

            (try
                answer (Interlocked.Increment &count) body context.Response
                context.Response.Close()
             with _ ->
                 ())

            serve ()

    do
        listener.Prefixes.Add url
        listener.Start()
        Thread(serve, IsBackground = true).Start()

    member _.Url = url
    member _.Count = count

    interface IDisposable with
        member _.Dispose() = listener.Close()

let private say (status: int) (text: string) (response: HttpListenerResponse) =
    response.StatusCode <- status
    response.OutputStream.Write(ReadOnlySpan(Encoding.UTF8.GetBytes text))

let private options url : HttpOptions = {
    Url = Uri url
    Timeout = TimeSpan.FromSeconds 5.0
    Retries = 0
    AnswerLimit = 200
}

let private attempt = {
    Attempt.Create(Sample.Create("row-1", "d", "", [||], Gold.Text [| "4"; "four" |]), "it is \"4\"") with
        Prompt = "2 + 2?"
        Step = 7
}

let private verdict (change: HttpOptions -> HttpOptions) answer =
    use listener = new Listener(answer)
    use scorer = new HttpScorer(change (options listener.Url))
    let found = scorer.Verify attempt
    found, scorer, listener.Count

[<Fact>]
let ``the scorer sees prompt, completion, gold and step, and its score and reason are the verdict`` () =
    let mutable seen = ""

    let found, scorer, _ =
        verdict id (fun _ body response ->
            seen <- body
            say 200 """{"score": 0.25, "why": "half-hearted"}""" response)

    let row = Text.Json.JsonDocument.Parse(seen).RootElement
    Assert.Equal("2 + 2?", (row.GetProperty "prompt").GetString())
    Assert.Equal("it is \"4\"", (row.GetProperty "completion").GetString())
    let golds = row.GetProperty "gold"
    Assert.Equal("four", golds[1].GetString())
    Assert.Equal(7, (row.GetProperty "step").GetInt32())
    Assert.Equal(0.25, found.Value)
    Assert.Equal("half-hearted", found.Evidence.Why)
    Assert.Equal(0L, scorer.Failures)

[<Theory>]
[<InlineData("1", 1.0)>]
[<InlineData("0", 0.0)>]
[<InlineData("{\"score\": 5e-1}", 0.5)>]
let ``a bare number is a score`` (answer: string, score: float) =
    let found, _, _ = verdict id (fun _ _ -> say 200 answer)
    Assert.Equal("score", found.Outcome)
    Assert.Equal(score, found.Value)

[<Theory>]
[<InlineData(200, "NaN")>]
[<InlineData(200, "\"0.5\"")>]
[<InlineData(200, "{\"score\": null}")>]
[<InlineData(200, "{\"points\": 1}")>]
[<InlineData(200, "1.0001")>]
[<InlineData(200, "-0.1")>]
[<InlineData(200, "1e999")>]
[<InlineData(200, "true")>]
[<InlineData(200, "")>]
[<InlineData(200, "well done")>]
[<InlineData(404, "1")>]
[<InlineData(302, "1")>]
[<InlineData(204, "")>]
let ``what is no score is unscorable, counted, and not asked again`` (status: int, answer: string) =
    let found, scorer, requests = verdict (fun o -> { o with Retries = 3 }) (fun _ _ -> say status answer)
    Assert.Equal("unscorable", found.Outcome)
    Assert.True(Double.IsNaN found.Value)
    Assert.Equal(1L, scorer.Failures)
    Assert.Equal(1, requests)

[<Fact>]
let ``an answer above the limit is unscorable`` () =
    let padded, _, _ = verdict id (fun _ _ -> say 200 (String(' ', 199) + "1"))
    Assert.Equal("score", padded.Outcome)
    let found, _, _ = verdict id (fun _ _ -> say 200 (String(' ', 200) + "1"))
    Assert.Equal("unscorable", found.Outcome)
    Assert.Contains("200 bytes", found.Evidence.Why)

[<Fact>]
let ``a slow scorer is given up on, also in the middle of its answer`` () =
    let slow (response: HttpListenerResponse) =
        say 200 "{\"score\":" response
        response.OutputStream.Flush()
        Thread.Sleep 2_000
        say 200 "1}" response

    let found, scorer, _ =
        verdict (fun o -> { o with Timeout = TimeSpan.FromSeconds 0.3 }) (fun _ _ -> slow)

    Assert.Equal("unscorable", found.Outcome)
    Assert.Contains("0.3 s", found.Evidence.Why)
    Assert.Equal(1L, scorer.Failures)

[<Fact>]
let ``a failure that may pass is tried again as often as allowed`` () =
    let busyUntil n count (_: string) (response: HttpListenerResponse) =
        say (if count < n then 503 else 200) "1" response

    let recovered, scorer, requests = verdict (fun o -> { o with Retries = 2 }) (busyUntil 3)
    Assert.Equal(1.0, recovered.Value)
    Assert.Equal(3, requests)
    Assert.Equal(0L, scorer.Failures)
    let given, scorer, requests = verdict (fun o -> { o with Retries = 1 }) (busyUntil 3)
    Assert.Equal("unscorable", given.Outcome)
    Assert.Equal(2, requests)
    Assert.Equal(2L, scorer.Requests)

[<Fact>]
let ``nobody listening is unscorable`` () =
    use scorer = new HttpScorer(options $"http://127.0.0.1:{freePort ()}/")
    let found = scorer.Verify attempt
    Assert.Equal("unscorable", found.Outcome)
    Assert.Contains("no connection", found.Evidence.Why)

[<Fact>]
let ``the catalogue's http asks the address of its parameters`` () =
    use listener = new Listener(fun _ _ -> say 200 "0.5")

    let verifier =
        Catalogue.findWith "http" (dict [ "url", listener.Url; "timeout", "5" ] |> Collections.Generic.Dictionary)

    Assert.Equal(0.5, (verifier.Verify attempt).Value)

    for name, value in [ "url", "ftp://x"; "url", "here"; "timeout", "0"; "retries", "-1" ] do
        let error =
            Assert.Throws<InputException>(fun () ->
                Catalogue.findWith "http" (dict [ name, value ] |> Collections.Generic.Dictionary) |> ignore)

        Assert.Contains(name, error.Message)
