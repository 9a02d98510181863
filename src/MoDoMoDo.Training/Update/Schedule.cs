namespace MoDoMoDo.Training;

/// <summary>How the learning rate falls after the warm-up.</summary>
public enum DecayShape
{
    /// <summary>Along a line.</summary>
    Linear,

    /// <summary>Along half a cosine.</summary>
    Cosine,

    /// <summary>Not at all.</summary>
    Constant,
}

/// <summary>
/// The learning rate by step: a linear warm-up to the peak, then a decay to a floor. With its defaults it is the
/// reference's linear schedule (transformers 5.23 get_linear_schedule_with_warmup).
/// </summary>
public sealed record Schedule
{
    /// <summary>Highest learning rate, above 0; 1e-6.</summary>
    public double Peak { get; init; } = 1e-6;

    /// <summary>Steps of the warm-up, at least 0; 0.</summary>
    public int WarmUp { get; init; }

    /// <summary>True: the warm-up's first rate is 0, as in the reference; false: it is Peak / WarmUp, so that no step is lost.</summary>
    public bool FromZero { get; init; } = true;

    /// <summary>The curve after the warm-up; linear.</summary>
    public DecayShape Shape { get; init; } = DecayShape.Linear;

    /// <summary>Share of the peak that the decay ends at, in [0, 1]; 0.</summary>
    public double Floor { get; init; }

    /// <summary>Step at which the decay reaches its floor; 0 stands for the number of steps of the run.</summary>
    public int DecaySteps { get; init; }

    /// <summary>The learning rate of one step.</summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="steps">Steps of the run.</param>
    public double Rate(int step, int steps)
    {
        if (step < WarmUp)
            return Peak * (FromZero ? step : step + 1) / WarmUp;
        var end = DecaySteps > 0 ? DecaySteps : steps;
        var progress = Math.Clamp((double)(step - WarmUp) / Math.Max(1, end - WarmUp), 0, 1);
        var remaining = Shape switch
        {
            DecayShape.Linear => 1 - progress,
            DecayShape.Cosine => (1 + Math.Cos(Math.PI * progress)) / 2,
            _ => 1,
        };
        return Peak * (Floor + (1 - Floor) * remaining);
    }
}
