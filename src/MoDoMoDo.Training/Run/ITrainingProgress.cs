using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>Hears what a run is doing, on the run's own thread; whoever draws a bar implements it.</summary>
public interface ITrainingProgress
{
    /// <summary>The run begins, or goes on, after this many steps.</summary>
    void Started(int step, int steps);

    /// <summary>A step was done.</summary>
    void Stepped(StepFigures figures, int steps);

    /// <summary>Items of a benchmark or of a domain's held-back set were answered.</summary>
    void Evaluating(string name, int done, int items);

    /// <summary>The policy was scored after this many steps.</summary>
    void Evaluated(int step, IReadOnlyList<Evaluation> scores);

    /// <summary>Something a user should know: a step was not taken, a domain is exhausted.</summary>
    void Noticed(string message);
}

/// <summary>Hears nothing.</summary>
public sealed class SilentProgress : ITrainingProgress
{
    /// <inheritdoc/>
    public void Started(int step, int steps) { }

    /// <inheritdoc/>
    public void Stepped(StepFigures figures, int steps) { }

    /// <inheritdoc/>
    public void Evaluating(string name, int done, int items) { }

    /// <inheritdoc/>
    public void Evaluated(int step, IReadOnlyList<Evaluation> scores) { }

    /// <inheritdoc/>
    public void Noticed(string message) { }
}
