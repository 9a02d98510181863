namespace MoDoMoDo.Mixtures

/// Features of mixtures that linear predictors are linear in.
module Features =

    /// 1, w: with weights that sum to 1 its rank is at most d.
    let linear (w: float[]) : float[] = w

    /// Scheffe's quadratic: w_i, then w_i w_j for i < j. The m (m + 1) / 2 columns span the same functions on the simplex as
    /// the paper's 1, w, w (x) w, whose other columns repeat them.
    let quadratic (w: float[]) : float[] = [|
        yield! w
        for i in 0 .. w.Length - 1 do
            for j in i + 1 .. w.Length - 1 do
                w[i] * w[j]
    |]

    /// The paper's design: 1, w, w (x) w; 1 + m + m^2 columns.
    let paperQuadratic (w: float[]) : float[] = [|
        1.0
        yield! w
        for a in w do
            for b in w do
                a * b
    |]

    /// log(1 + w / tau) for each domain, scaled to reach 1 at w = 1: steep while a domain is rare.
    let additiveLog (tau: float) (w: float[]) : float[] =
        w |> Array.map (fun x -> log (1.0 + x / tau) / log (1.0 + 1.0 / tau))

    /// The weights and their evenness in [0, 1], the entropy over that of the uniform mixture (Pielou, 1966): what Gaussian processes see. How
    /// many domains a mixture has matters to most scores, whichever they are; one length scale learns it from a few runs.
    let withEvenness (w: float[]) : float[] =
        let entropy = -(w |> Array.sumBy (fun x -> if x > 0.0 then x * log x else 0.0))
        Array.append w [| (if w.Length > 1 then entropy / log (float w.Length) else 1.0) |]

    /// How evenly a mixture is spread, whatever its domains are: entropy, sum of square roots, largest weight.
    let spread (w: float[]) : float[] = [|
        -(w |> Array.sumBy (fun x -> if x > 0.0 then x * log x else 0.0))
        Array.sumBy sqrt w
        Array.max w
    |]
