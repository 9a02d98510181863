namespace MoDoMoDo.Experiments

open MoDoMoDo.Domain
open Plotly.NET
open Plotly.NET.LayoutObjects

/// A value with an interval around it.
type Interval = { Label: string; Mean: float; Lower: float; Upper: float }

/// The charts of a report. Pure: values in, charts out; the page adds its own fonts, colours and margins.
module Charts =

    /// One colour a domain or series, in order (Okabe and Ito, "Color universal design", 2008: told apart by everybody).
    let palette = [ "#0072b2"; "#d55e00"; "#009e73"; "#cc79a7"; "#e69f00"; "#56b4e9"; "#5b5b5b"; "#b8a800" ]

    let private colour i = Color.fromString palette[i % palette.Length]

    let private axis (title: string) = LinearAxis.init (Title = Title.init (Text = title))

    let private percentAxis (title: string) = LinearAxis.init (Title = Title.init (Text = title), TickFormat = ".0%")

    /// Moving average over a centred window, so that a curve can be read among the noise of single batches.
    let smooth (window: int) (points: (int * float) list) : (int * float) list =
        let values = points |> List.map snd |> Array.ofList
        let half = window / 2

        points
        |> List.mapi (fun i (step, _) ->
            let near = values[max 0 (i - half) .. min (values.Length - 1) (i + half)]
            step, Array.average near)

    /// Curves over optimiser steps, one a name; shares in [0, 1], or numbers such as rewards on a scale of their own. Without a
    /// series the axes stand alone.
    let curves (yTitle: string) (areShares: bool) (series: (string * (int * float) list) list) : GenericChart =
        (if series.IsEmpty then [ "", [] ] else series)
        |> List.mapi (fun i (name, points) ->
            Chart.Line(
                x = List.map fst points,
                y = List.map snd points,
                Name = name,
                LineColor = colour i,
                LineWidth = 2.0,
                UseDefaults = false
            ))
        |> Chart.combine
        |> Chart.withXAxis (axis "optimiser step")
        |> Chart.withYAxis (if areShares then percentAxis yTitle else axis yTitle)

    /// Bars with the weights of mixtures, one group a domain.
    let weights (mixtures: (string * Weights) list) : GenericChart =
        mixtures
        |> List.mapi (fun i (name, weights) ->
            Chart.Column(
                values = List.ofSeq weights.Values,
                Keys = List.ofSeq weights.Domains,
                Name = name,
                MarkerColor = colour i,
                MultiText = [
                    for v in weights.Values -> v.ToString("0 %", System.Globalization.CultureInfo.InvariantCulture)
                ],
                TextPosition = StyleParam.TextPosition.Outside,
                UseDefaults = false
            ))
        |> Chart.combine
        |> Chart.withYAxis (
            LinearAxis.init (
                Title = Title.init (Text = "share of the prompts"),
                TickFormat = ".0%",
                // Room for the numbers above the bars.
                Range =
                    StyleParam.Range.MinMax(0.0, 1.15 * (mixtures |> Seq.collect (fun (_, w) -> w.Values) |> Seq.max))
            )
        )

    /// Score by run (row) and benchmark (column), in [0, 1]; a missing score is left blank.
    let heatMap (rows: string list) (columns: string list) (values: float list list) : GenericChart =
        Chart.Heatmap(
            zData = values,
            X = columns,
            Y = rows,
            ColorScale =
                StyleParam.Colorscale.Custom [ 0.0, Color.fromString "#ffffff"; 1.0, Color.fromString "#7ab4dc" ],
            ShowScale = false,
            UseDefaults = false
        )
        |> GenericChart.mapTrace (fun trace ->
            trace.SetProperty("texttemplate", "%{z:.1%}")
            // Every colour of the scale is light enough for the page's ink.
            trace.SetProperty("textfont", {| color = "#1d2733" |})
            trace)
        |> Chart.withYAxis (LinearAxis.init (AutoRange = StyleParam.AutoRange.Reversed))

    /// Predicted (with intervals) against measured scores, and the line on which they agree. `shares`: scores are shares of 1.
    let predictedAgainstMeasured (shares: bool) (points: (Interval * float) list) : GenericChart =
        let axis = if shares then percentAxis else axis
        let measured = points |> List.map snd
        let predicted = points |> List.map (fun (p, _) -> p.Mean)
        let low = List.min (measured @ predicted)
        let high = List.max (measured @ predicted)

        [
            Chart.Line(
                x = [ low; high ],
                y = [ low; high ],
                Name = "equal",
                LineColor = Color.fromString "#999999",
                LineDash = StyleParam.DrawingStyle.Dash,
                UseDefaults = false
            )
            Chart.Point(
                x = measured,
                y = predicted,
                Name = "run, predicted without it",
                MultiText = (points |> List.map (fun (p, _) -> p.Label)),
                MarkerColor = colour 0,
                UseDefaults = false
            )
            |> Chart.withYErrorStyle (
                Array = (points |> List.map (fun (p, _) -> p.Upper - p.Mean)),
                Arrayminus = (points |> List.map (fun (p, _) -> p.Mean - p.Lower)),
                Color = Color.fromString "#9cc4de"
            )
        ]
        |> Chart.combine
        |> Chart.withXAxis (axis "measured")
        |> Chart.withYAxis (axis "predicted, with 90 % interval")

    /// Bars with intervals, one group for each label of the outer list.
    let comparison (series: (string * Interval list) list) : GenericChart =
        series
        |> List.mapi (fun i (name, bars) ->
            Chart.Column(
                values = (bars |> List.map _.Mean),
                Keys = (bars |> List.map _.Label),
                Name = name,
                MarkerColor = colour i,
                UseDefaults = false
            )
            |> Chart.withYErrorStyle (
                Array = (bars |> List.map (fun b -> b.Upper - b.Mean)),
                Arrayminus = (bars |> List.map (fun b -> b.Mean - b.Lower)),
                Color = Color.fromString "#444444"
            ))
        |> Chart.combine
        |> Chart.withYAxis (percentAxis "score")

    /// Paired differences by seed, their mean with its interval, and the line of no difference.
    let differences (seeds: (string * float) list) (mean: Interval) : GenericChart =
        [
            Chart.Point(
                x = List.map snd seeds,
                y = List.map fst seeds,
                Name = "one seed",
                MarkerColor = Color.fromString "#777777",
                UseDefaults = false
            )
            Chart.Point(
                x = [ mean.Mean ],
                y = [ mean.Label ],
                Name = "mean, 95 % interval",
                MarkerColor = colour 0,
                UseDefaults = false
            )
            |> Chart.withXErrorStyle (
                Array = [ mean.Upper - mean.Mean ],
                Arrayminus = [ mean.Mean - mean.Lower ],
                Color = colour 0
            )
        ]
        |> Chart.combine
        |> Chart.withXAxis (
            LinearAxis.init (
                Title = Title.init (Text = "proposal minus uniform"),
                TickFormat = "+.1%",
                RangeMode = StyleParam.RangeMode.ToZero,
                ZeroLine = true,
                ZeroLineColor = Color.fromString "#bb3333",
                ZeroLineWidth = 1.5
            )
        )

    /// The figure as JSON: its traces and layout.
    let json (chart: GenericChart) : Json = GenericChart.toFigureJson chart |> Json.parse "chart"
