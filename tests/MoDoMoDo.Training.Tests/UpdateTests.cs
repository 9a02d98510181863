using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Training.Tests;

public sealed class UpdateTests
{
    [Theory]
    [InlineData(OptimiserKind.AdamW)]
    [InlineData(OptimiserKind.Sgd)]
    public void Optimiser_MovesMatricesAsTorchDoes(OptimiserKind kind)
    {
        using var scope = NewDisposeScope();
        var options = new OptimiserOptions
        {
            Kind = kind,
            Beta2 = 0.95,
            Epsilon = 1e-6,
            WeightDecay = 0.1,
        };
        var start = arange(12, dtype: ScalarType.Float32).reshape(3, 4) / 7 - 0.5;
        using var ours = new Parameter(start.clone());
        using var theirs = new Parameter(start.clone());
        using var optimiser = Optimiser.Create(options, [KeyValuePair.Create("w", ours)]);
        using optim.Optimizer reference =
            kind == OptimiserKind.AdamW
                ? optim.AdamW([theirs], 0.01, 0.9, 0.95, 1e-6, weight_decay: 0.1)
                : optim.SGD([theirs], 0.01, momentum: 0.9, weight_decay: 0.1);
        for (var step = 0; step < 5; step++)
        {
            foreach (var weights in new[] { ours, theirs })
            {
                weights.grad?.zero_();
                (weights * weights * (step + 1)).sin().sum().backward();
            }
            optimiser.Step(0.01);
            reference.step();
        }
        Assert.True((ours - theirs).abs().max().ToDouble() < 1e-6);
        Assert.True((ours - start).abs().max().ToDouble() > 1e-2);
    }

    [Fact]
    public void Optimiser_DecaysMatricesAlone()
    {
        using var scope = NewDisposeScope();
        using var matrix = new Parameter(ones(2, 2));
        using var bias = new Parameter(ones(2));
        using var optimiser = Optimiser.Create(
            new OptimiserOptions { WeightDecay = 0.5 },
            [KeyValuePair.Create("matrix", matrix), KeyValuePair.Create("bias", bias)]
        );
        (matrix.sum() * 0 + bias.sum() * 0).backward();
        optimiser.Step(0.1);
        Assert.Equal([0.95, 0.95, 0.95, 0.95], matrix.ToDoubles().Select(w => Math.Round(w, 6)));
        Assert.Equal([1.0, 1.0], bias.ToDoubles());
    }

    [Fact]
    public void Optimiser_OverBFloat16_TakesStepsBelowItsRounding()
    {
        using var scope = NewDisposeScope();
        using var weight = new Parameter(ones(1, dtype: ScalarType.BFloat16));
        using var optimiser = Optimiser.Create(
            new OptimiserOptions { Kind = OptimiserKind.Sgd, Momentum = 0 },
            [KeyValuePair.Create("w", weight)]
        );
        for (var step = 0; step < 100; step++)
        {
            optimiser.ClearGradients();
            weight.sum().backward();
            optimiser.Step(1e-3);
        }
        Assert.Equal(0.9, weight.ToDouble(), 2);
    }

    [Fact]
    public void Schedule_WithItsDefaults_IsTheReferencesLinearOne()
    {
        // goldens/grpo/trajectory/text_dapo.json: learning rate 0.01, warm-up 2, six steps.
        var schedule = new Schedule { Peak = 0.01, WarmUp = 2 };
        double[] recorded = [0, 0.005, 0.01, 0.0075, 0.005, 0.0025];
        Assert.Equal(recorded, Enumerable.Range(0, 6).Select(step => Math.Round(schedule.Rate(step, 6), 12)));
    }

    [Fact]
    public void Schedule_OfTheWorld_WastesNoStepAndEndsAtItsFloor()
    {
        var schedule = new Schedule
        {
            Peak = 0.008,
            WarmUp = 10,
            FromZero = false,
            Floor = 0.05,
        };
        Assert.Equal(0.0008, schedule.Rate(0, 80), 12);
        Assert.Equal(0.008, schedule.Rate(9, 80), 12);
        Assert.Equal(0.008, schedule.Rate(10, 80), 12);
        Assert.InRange(schedule.Rate(79, 80), 0.0004, 0.00052);
        Assert.Equal(0.0004, schedule.Rate(1000, 80), 12);
    }

    [Fact]
    public void Clipping_EqualsTorchs()
    {
        using var scope = NewDisposeScope();
        using var first = new Parameter(ones(3));
        using var second = new Parameter(ones(2, 2));
        KeyValuePair<string, Parameter>[] parameters = [new("first", first), new("second", second)];
        (first.sum() * 3 + second.square().sum() * 2).backward();
        var wanted = Math.Sqrt(3 * 9 + 4 * 16);
        var norm = Gradients.Norm(parameters);
        Assert.Equal(wanted, norm, 5);
        Gradients.Clip(parameters, norm, 0);
        Gradients.Clip(parameters, norm, 100);
        Assert.Equal(3, first.grad!.ToDoubles()[0], 6);
        Gradients.Clip(parameters, norm, 0.5);
        Assert.Equal(0.5, Gradients.Norm(parameters), 5);
        Assert.Equal(3 * 0.5 / wanted, first.grad!.ToDoubles()[0], 5);
    }

    [Fact]
    public void GradientThatIsNotFinite_HasNoFiniteNorm()
    {
        using var scope = NewDisposeScope();
        using var weight = new Parameter(zeros(2));
        weight.log().sum().backward();
        Assert.False(double.IsFinite(Gradients.Norm([KeyValuePair.Create("w", weight)])));
    }
}
