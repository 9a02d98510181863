namespace MoDoMoDo.Experiments

open System
open MathNet.Numerics.Distributions
open MoDoMoDo.Domain
open MoDoMoDo.Mixtures
open Plotly.NET
open Plotly.NET.LayoutObjects

/// A way through the space of mixtures along which one domain's weight goes from 0 to 1.
type Slice = {
    Domain: string
    /// Its weight at each point.
    Weights: float[]
    Predictions: Prediction[]
    /// Its weight in the mixture through which the way goes.
    Through: float
}

/// Charts of predictors. Pure: values in, charts out, in the units of the scores.
module PredictorCharts =

    /// After the palette come its colours again, half transparent.
    let private colour i =
        let n = Charts.palette.Length
        Color.fromString (Charts.palette[i % n] + (if i < n then "" else "73"))

    let private grey = Color.fromString "#999999"
    let private axis (title: string) = LinearAxis.init (Title = Title.init (Text = title))

    let private percent (title: string) =
        LinearAxis.init (
            Title = Title.init (Text = title),
            TickFormat = ".0%",
            Range = StyleParam.Range.MinMax(0.0, 1.0)
        )

    let private normal = Normal()

    /// Share of runs whose measured score lies in the central interval of each probability, predicted without them.
    let coverages (leftOut: LeftOutRun[]) (probabilities: float[]) : float[] =
        let ranks =
            leftOut |> Array.map (fun l -> abs (l.Measured - l.Prediction.Mean) / l.Prediction.Deviation)

        probabilities
        |> Array.map (fun p ->
            let width = normal.InverseCumulativeDistribution(0.5 + 0.5 * p)
            ranks |> Array.averageBy (fun z -> if z <= width then 1.0 else 0.0))

    /// A band between two curves.
    let private band (xs: float[]) (lower: float[]) (upper: float[]) (fill: string) (name: string) =
        Chart.Line(
            x = Array.append xs (Array.rev xs),
            y = Array.append upper (Array.rev lower),
            Name = name,
            LineWidth = 0.0,
            UseDefaults = false
        )
        |> GenericChart.mapTrace (fun trace ->
            trace.SetProperty("fill", "toself")
            trace.SetProperty("fillcolor", fill)
            trace.SetProperty("hoverinfo", "skip")
            trace)

    let private line (name: string) colour (xs: float[]) (ys: float[]) =
        Chart.Line(x = xs, y = ys, Name = name, LineColor = colour, LineWidth = 2.0, UseDefaults = false)

    let private dashed (name: string) (xs: float[]) (ys: float[]) =
        Chart.Line(
            x = xs,
            y = ys,
            Name = name,
            LineColor = grey,
            LineDash = StyleParam.DrawingStyle.Dash,
            UseDefaults = false
        )

    /// How many left-out runs lie in intervals of each probability; the band holds nine of ten calibrated predictors.
    let coverage (leftOut: LeftOutRun[]) : GenericChart =
        let p = [| 0.05..0.05..0.95 |]
        let spread = p |> Array.map (fun q -> 1.645 * sqrt (q * (1.0 - q) / float leftOut.Length))

        [
            band
                p
                (Array.map2 (fun q s -> max 0.0 (q - s)) p spread)
                (Array.map2 (fun q s -> min 1.0 (q + s)) p spread)
                "rgba(153,153,153,0.2)"
                "by chance"
            dashed "calibrated" [| 0.0; 1.0 |] [| 0.0; 1.0 |]
            line "left-out runs" (colour 0) p (coverages leftOut p)
        ]
        |> Chart.combine
        |> Chart.withXAxis (percent "probability of the interval")
        |> Chart.withYAxis (percent "share of runs inside")

    /// Left-out errors of several predictors as bars, best on top, with the constant's as a line.
    let leftOutErrors (errors: (string * float) list) : GenericChart =
        let sorted = errors |> List.sortByDescending snd

        let bars =
            Chart.Bar(
                values = List.map snd sorted,
                Keys = List.map fst sorted,
                Name = "left-out error",
                MarkerColor = colour 0,
                MultiText = [ for _, e in sorted -> e.ToString("G3", Globalization.CultureInfo.InvariantCulture) ],
                UseDefaults = false
            )

        match errors |> List.tryFind (fun (name, _) -> name = LinearModels.constant.Name) with
        | Some(_, constant) ->
            // An unstable predictor may err by thousands: it is cut off, the number stands in the bar.
            let most = errors |> List.map snd |> List.filter (fun e -> e <= 4.0 * constant) |> List.max

            bars
            |> Chart.withXAxis (
                LinearAxis.init (
                    Title = Title.init (Text = "root mean square error of left-out runs; dashed: the constant"),
                    Range = StyleParam.Range.MinMax(0.0, (if most > 0.0 then 1.15 * most else 1.0))
                )
            )
            |> Chart.withShape (
                Shape.init (
                    ShapeType = StyleParam.ShapeType.Line,
                    X0 = constant,
                    X1 = constant,
                    Y0 = -0.5,
                    Y1 = float errors.Length - 0.5,
                    Line = Line.init (Color = grey, Dash = StyleParam.DrawingStyle.Dash)
                )
            )
        | None -> bars |> Chart.withXAxis (axis "root mean square error of left-out runs")

    /// Mixtures as stacked bars, the first on top.
    let mixtures (named: (string * Weights) list) : GenericChart =
        let domains = named |> Seq.collect (fun (_, w) -> w.Domains) |> Seq.distinct |> List.ofSeq
        let rows = List.rev named

        domains
        |> List.mapi (fun i domain ->
            Chart.StackedBar(
                values = [ for _, w in rows -> w[domain] ],
                Keys = List.map fst rows,
                Name = domain,
                MarkerColor = colour i,
                UseDefaults = false
            ))
        |> Chart.combine
        |> Chart.withXAxis (percent "share of the prompts")

    /// Predictions along the ways through a mixture on which one domain grows and the others keep their proportions.
    let slices (s: Surrogate) (through: float[]) : Slice[] =
        s.Domains
        |> Array.mapi (fun i domain ->
            let others = 1.0 - through[i]

            let at x =
                through
                |> Array.mapi (fun j w ->
                    if j = i then x
                    elif others > 1e-9 then (1.0 - x) * w / others
                    else (1.0 - x) / float (through.Length - 1))

            let xs = [| 0.0..0.025..1.0 |]

            {
                Domain = domain
                Weights = xs
                Predictions = Surrogate.predict s (xs |> Array.map at)
                Through = through[i]
            })

    /// A slice of the surface: expected score with the 90 % interval of its own uncertainty; the dotted line is the mixture that
    /// all slices go through. Slices of one surface share their range of scores.
    let slice (range: float * float) (s: Slice) : GenericChart =
        let means = s.Predictions |> Array.map _.Mean
        let half = s.Predictions |> Array.map (fun p -> 1.645 * sqrt p.Variance)

        [
            band
                s.Weights
                (Array.map2 (-) means half)
                (Array.map2 (+) means half)
                "rgba(0,114,178,0.18)"
                "90 % interval"
            line "expected score" (colour 0) s.Weights means
            Chart.Line(
                x = [ s.Through; s.Through ],
                y = [ fst range; snd range ],
                Name = "the mixture",
                LineColor = grey,
                LineDash = StyleParam.DrawingStyle.Dot,
                UseDefaults = false
            )
        ]
        |> Chart.combine
        |> Chart.withXAxis (percent s.Domain)
        |> Chart.withYAxis (LinearAxis.init (Range = StyleParam.Range.MinMax(fst range, snd range)))
        |> Chart.withLayoutStyle (ShowLegend = false)

    /// The range of scores that holds all slices.
    let rangeOf (slices: Slice[]) : float * float =
        let all = slices |> Array.collect _.Predictions
        let low = all |> Array.map (fun p -> p.Mean - 1.645 * sqrt p.Variance) |> Array.min
        let high = all |> Array.map (fun p -> p.Mean + 1.645 * sqrt p.Variance) |> Array.max
        let margin = 0.03 * (high - low)
        low - margin, high + margin

    /// The expected score over all mixtures of three domains of a surrogate (the others at 0), and the runs on that face.
    let ternary (s: Surrogate) (domains: string * string * string) : GenericChart =
        let a, b, c = domains
        let position d = Array.IndexOf(s.Domains, d)
        let i, j, k = position a, position b, position c
        let steps = 40

        let grid = [|
            for x in 0..steps do
                for y in 0 .. steps - x ->
                    float x / float steps, float y / float steps, float (steps - x - y) / float steps
        |]

        let embedded (x, y, z) =
            s.Domains
            |> Array.mapi (fun d _ ->
                if d = i then x
                elif d = j then y
                elif d = k then z
                else 0.0)

        let expected = Surrogate.predict s (grid |> Array.map embedded) |> Array.map _.Mean

        let runs =
            s.LeftOut
            |> Array.filter (fun l -> l.Weights[i] + l.Weights[j] + l.Weights[k] > 1.0 - 1e-6)
            |> Array.map (fun l -> l.Weights[i], l.Weights[j], l.Weights[k], l.Run, l.Measured)

        let low = Array.append expected (runs |> Array.map (fun (_, _, _, _, y) -> y)) |> Array.min
        let high = Array.append expected (runs |> Array.map (fun (_, _, _, _, y) -> y)) |> Array.max

        let marker (values: float[]) (size: int) symbol outline showScale =
            TraceObjects.Marker.init (
                Color = Color.fromColorScaleValues values,
                Colorscale = StyleParam.Colorscale.Viridis,
                CMin = low,
                CMax = high,
                Size = size,
                Symbol = symbol,
                ShowScale = showScale,
                Outline = Line.init (Width = outline, Color = Color.fromString "#ffffff")
            )

        [
            Chart.PointTernary(
                A = (grid |> Array.map (fun (x, _, _) -> x)),
                B = (grid |> Array.map (fun (_, y, _) -> y)),
                C = (grid |> Array.map (fun (_, _, z) -> z)),
                Name = "expected",
                Marker = marker expected 15 StyleParam.MarkerSymbol.Hexagon 0.0 true,
                UseDefaults = false
            )
            Chart.PointTernary(
                A = (runs |> Array.map (fun (x, _, _, _, _) -> x)),
                B = (runs |> Array.map (fun (_, y, _, _, _) -> y)),
                C = (runs |> Array.map (fun (_, _, z, _, _) -> z)),
                Name = "measured",
                MultiText = (runs |> Array.map (fun (_, _, _, run, y) -> FormattableString.Invariant $"{run}: {y:G4}")),
                Marker =
                    marker (runs |> Array.map (fun (_, _, _, _, y) -> y)) 14 StyleParam.MarkerSymbol.Circle 2.0 false,
                UseDefaults = false
            )
        ]
        |> Chart.combine
        |> Chart.withTernary (Ternary.init (AAxis = axis a, BAxis = axis b, CAxis = axis c))
        |> Chart.withMarginSize (Top = 45, Bottom = 45, Left = 60, Right = 60)
        |> Chart.withLayoutStyle (ShowLegend = false)
