using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>Supervised training before reinforcement: format and some skill, so that rewards are neither 0 nor 1.</summary>
public static class WarmStart
{
    /// <summary>How many times a stage says how far it is.</summary>
    private const int Reports = 4;

    /// <summary>Trains the policy through the stages. The same policy, stages and threads give the same weights.</summary>
    /// <param name="policy">The policy; changed.</param>
    /// <param name="stages">The stages, in order.</param>
    /// <param name="images">Where pixels come from.</param>
    /// <param name="said">Hears lines such as "captions 100 of 400: loss 1.84, accuracy 0.31".</param>
    /// <param name="stop">Cancels between two steps.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="WorkException">A loss was not finite.</exception>
    public static void Run(
        Policy policy,
        IReadOnlyList<WarmStartStage> stages,
        IImageSource images,
        Action<string> said,
        CancellationToken stop = default
    )
    {
        foreach (var stage in stages)
            Run(policy, stage, images, said, stop);
    }

    private static void Run(
        Policy policy,
        WarmStartStage stage,
        IImageSource images,
        Action<string> said,
        CancellationToken stop
    )
    {
        policy.Train(name => !stage.FreezeTower || !Policy.IsTower(name));
        using var optimiser = Optimiser.Create(stage.Optimiser, policy);
        var every = Math.Max(1, stage.Steps / Reports);
        var schedule = stage.ScheduleSteps > 0 ? stage.ScheduleSteps : stage.Steps;
        for (var step = 0; step < stage.Steps; step++)
        {
            stop.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (loss, accuracy) = stage.Loss(policy, images, step * stage.Batch);
            optimiser.ClearGradients();
            loss.backward();
            var norm = Gradients.Norm(optimiser.Parameters);
            if (!double.IsFinite(norm))
                throw new WorkException($"warm start: stage {stage.Name} is not finite at step {step + 1}");
            Gradients.Clip(optimiser.Parameters, norm, stage.MaxGradientNorm);
            optimiser.Step(stage.Schedule.Rate(stage.ScheduleStart + step, schedule));
            if ((step + 1) % every == 0)
                said(
                    $"{stage.Name} {step + 1} of {stage.Steps}: loss {loss.ToDouble():F2}, accuracy {accuracy.ToDouble():F2}"
                );
        }
    }
}
