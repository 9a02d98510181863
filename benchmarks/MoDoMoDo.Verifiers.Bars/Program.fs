/// How often the verifiers are right on the recorded cases, as tables in Markdown: pass rates by set beside their bars, and
/// the mathematical pairs by kind beside the graders whose verdicts stand in the rows.
module MoDoMoDo.Verifiers.Bars.Program

open System
open System.Diagnostics
open System.Globalization
open System.Text.Json
open MoDoMoDo.Verifiers
open MoDoMoDo.Verifiers.Tests

/// A row of cases with its answer line.
type Outcome = { Row: JsonElement; Answer: JsonElement; Passes: bool }

let private outcomes (set: string) : Outcome[] =
    match Recorded.rows set with
    | None -> [||]
    | Some lines ->
        lines
        |> Array.map (fun line ->
            let row = JsonDocument.Parse(line).RootElement
            // Once before it counts: the first call of a metric compiles it.
            Cases.scoreLine line |> ignore
            let answer = JsonDocument.Parse(Cases.scoreLine line).RootElement
            { Row = row; Answer = answer; Passes = Recorded.passes set row answer })

let private text (name: string) (row: JsonElement) =
    Recorded.field name row |> Option.map (fun e -> string (e.GetString())) |> Option.defaultValue ""

let private isTrue (e: JsonElement) = e.ValueKind = JsonValueKind.True

let private percent (part: int) (whole: int) =
    if whole = 0 then
        "-"
    else
        (100.0 * float part / float whole).ToString("0.0", CultureInfo.InvariantCulture) + " %"

let private passed (rows: Outcome[]) = rows |> Array.filter _.Passes |> Array.length

let private rate (rows: Outcome[]) = percent (passed rows) rows.Length

/// Kinds of Math-Verify's own cases that these domains need.
let private core = [ "number"; "fraction"; "percent"; "units"; "radical"; "tuple"; "text"; "multiple-choice" ]

let private isCore (row: JsonElement) =
    core |> List.exists (fun kind -> (text "kind" row).StartsWith(kind, StringComparison.Ordinal))

let private line (cells: string list) = "| " + String.concat " | " cells + " |"

let private setTable () = [
    line [ "set"; "rows"; "pass"; "rate"; "bar" ]
    "|---|---|---|---|---|"
    for set, bar in Recorded.bars do
        let rows = outcomes set
        let gated = rows |> Array.filter (fun o -> Recorded.isGated set o.Row)

        if rows.Length > 0 then
            line [ set; string gated.Length; string (passed gated); rate gated; percent (int (1000.0 * bar)) 1000 ]

        if set = "math_verify" then
            let group name filter =
                let rows = rows |> Array.filter filter
                line [ name; string rows.Length; string (passed rows); rate rows; "" ]

            let isQuirk o = (Recorded.field "quirk" o.Row).IsSome
            let isKnown o = (text "id" o.Row).StartsWith("mv-known", StringComparison.Ordinal)
            let cores = gated |> Array.filter (fun o -> isCore o.Row)

            line [ "math_verify, core kinds"; string cores.Length; string (passed cores); rate cores; "100.0 %" ]
            group "math_verify, labels that are upstream's quirks" (fun o -> isQuirk o && not (isKnown o))
            group "math_verify, known failures with true labels" isKnown

        if set = "latex_eval" then
            let rest = rows |> Array.filter (fun o -> not (Recorded.isGated set o.Row))

            line [
                "latex_eval, calculus and custom commands"
                string rest.Length
                string (passed rest)
                rate rest
                ""
            ]
]

/// The graders of the table, and their verdict on a row.
let private graders: (string * (Outcome -> bool)) list =
    let recorded (group: string) (name: string) o = isTrue (((o.Row.GetProperty group: JsonElement).GetProperty name))

    [
        "here", (fun o -> isTrue (o.Answer.GetProperty "computed"))
        "Math-Verify in $", recorded "math_verify" "dollar"
        "Math-Verify, raw", recorded "math_verify" "raw"
        "prm800k", recorded "baselines" "prm800k"
        "DAPO", recorded "baselines" "dapo"
        "Hendrycks", recorded "baselines" "hendrycks_is_equiv"
        "exact", recorded "baselines" "exact"
    ]

let private mathTable () =
    let rows = outcomes "domain_math" |> Array.filter (fun o -> Recorded.isGated "domain_math" o.Row)
    let wanted o = isTrue (o.Row.GetProperty "expected")

    let accuracy (rows: Outcome[]) (_, accepts) =
        percent (rows |> Array.filter (fun o -> accepts o = wanted o) |> Array.length) rows.Length

    let falsePositives (_, accepts) =
        rows |> Array.filter (fun o -> accepts o && not (wanted o)) |> Array.length |> string

    [
        line ("kind" :: "pairs" :: List.map fst graders)
        "|---|---|" + String.replicate graders.Length "---|"
        for kind, some in rows |> Array.groupBy (fun o -> text "kind" o.Row) |> Array.sortBy fst do
            line (kind :: string some.Length :: List.map (accuracy some) graders)
        line ("**all**" :: string rows.Length :: List.map (accuracy rows) graders)
        line (
            "false positives"
            :: string (rows |> Array.filter (wanted >> not) |> Array.length)
            :: List.map falsePositives graders
        )
    ]

/// The slowest row of the adversarial set against its limit.
let private adversarial () =
    let rows = outcomes "adversarial"
    let ms o = (o.Answer.GetProperty "ms").GetDouble()
    let limit o = ((o.Row.GetProperty "expected").GetProperty "max_ms").GetDouble()
    let late = rows |> Array.filter (fun o -> ms o > limit o) |> Array.length
    let slowest = rows |> Array.maxBy ms

    $"""Adversarial rows: {rows.Length}; over their time limit: {late}; slowest: {(ms slowest).ToString("0.0", CultureInfo.InvariantCulture)} ms ({text "id" slowest.Row})."""

[<EntryPoint>]
let main _ =
    if Recorded.folder.IsNone then
        eprintfn "shared/data/verifiers: wanted the folder of recorded cases beside the project, found none"
        2
    else
        let clock = Stopwatch.StartNew()
        let section title (lines: string list) = printfn "## %s\n\n%s\n" title (String.concat "\n" lines)
        section "Recorded cases" (setTable ())
        section "Mathematical answers by kind, accuracy" (mathTable ())
        printfn "%s" (adversarial ())
        eprintfn "%.1f s" clock.Elapsed.TotalSeconds
        0
