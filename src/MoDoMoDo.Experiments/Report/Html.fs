namespace MoDoMoDo.Experiments

open System
open System.Globalization
open System.IO
open System.Net
open System.Text.RegularExpressions
open MoDoMoDo.Domain

/// Small pieces of HTML. Every text is escaped where it enters.
module internal Html =

    let escape (text: string) : string =
        match WebUtility.HtmlEncode text with
        | null -> ""
        | escaped -> escaped

    let number (digits: int) (x: float) : string =
        if Double.IsFinite x then
            x.ToString("F" + string digits, CultureInfo.InvariantCulture)
        else
            "–"

    /// A score in [0, 1] as points of 100.
    let points (x: float) : string = number 1 (100.0 * x)

    /// A difference of scores as points of 100, with its sign.
    let signedPoints (x: float) : string = (if x > 0.0 then "+" else "") + points x

    let element (name: string) (attributes: string) (content: string) : string =
        "<" + name + (if attributes = "" then "" else " " + attributes) + ">" + content + "</" + name + ">"

    let paragraph (text: string) : string = element "p" "" (escape text)
    let soft (text: string) : string = element "p" "class=\"soft\"" (escape text)
    let heading (text: string) : string = element "h2" "" (escape text)
    let subheading (text: string) : string = element "h3" "" (escape text)
    let chart (name: string) : string = $"<div class=\"chart\" data-chart=\"{name}\"></div>"

    let tallChart (name: string) (height: int) : string =
        $"<div class=\"chart tall\" style=\"--height: {height}px\" data-chart=\"{name}\"></div>"

    let side (left: string) (right: string) : string =
        element "div" "class=\"two\"" (element "div" "" left + element "div" "" right)

    /// A table of facts: name and value a row.
    let facts (rows: (string * string) list) : string =
        rows
        |> List.filter (fun (_, value) -> value <> "")
        |> List.map (fun (name, value) ->
            element "tr" "" (element "th" "" (escape name) + element "td" "" (escape value)))
        |> String.concat "\n"
        |> element "table" "class=\"facts\""

    /// A table with a row of heads.
    let grid (heads: string list) (rows: string list list) : string =
        let row kind cells = cells |> List.map (escape >> element kind "") |> String.concat "" |> element "tr" ""
        element "table" "class=\"grid\"" (String.concat "\n" (row "th" heads :: List.map (row "td") rows))

    /// An embedded file of this library.
    let resource (name: string) : string =
        match typeof<Json>.Assembly.GetManifestResourceStream name with
        | null -> raise (InvalidOperationException("missing resource " + name))
        | stream ->
            use reader = new StreamReader(stream)
            reader.ReadToEnd()

    /// JSON that can stand inside a script element.
    let scriptJson (value: Json) : string = (Json.line value).Replace("<", "\\u003c")

    let private box =
        Regex(
            @"\[\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*\]",
            RegexOptions.NonBacktracking
        )

    /// The boxes [x1, y1, x2, y2] written in a text of evidence, at most 32.
    let boxesIn (text: string) : Box list =
        let corner (m: Match) (i: int) = Double.Parse(m.Groups[i].Value, CultureInfo.InvariantCulture)

        [
            for m in box.Matches(if text.Length > 4000 then text.Substring(0, 4000) else text) |> Seq.truncate 32 ->
                Box.Create(corner m 1, corner m 2, corner m 3, corner m 4)
        ]

    /// Boxes in thousandths of the picture, drawn over it.
    let overlay (gold: Box list) (guess: Box list) : string =
        let rectangle kind (b: Box) =
            let n = number 0
            $"<rect class=\"{kind}\" x=\"{n b.X1}\" y=\"{n b.Y1}\" width=\"{n (max 0.0 (b.X2 - b.X1))}\" height=\"{n (max 0.0 (b.Y2 - b.Y1))}\"/>"

        match gold, guess with
        | [], [] -> ""
        | _ ->
            (List.map (rectangle "gold") gold @ List.map (rectangle "guess") guess)
            |> String.concat ""
            |> element "svg" "viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\""
