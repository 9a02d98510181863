using System.Text.Json;
using MoDoMoDo.Domain;
using MoDoMoDo.Training;

namespace MoDoMoDo.Goldens.Grpo;

/// <summary>grpo/advantages: group-relative advantages in float64, and what TRL logs of the rewards.</summary>
internal static class AdvantageChecks
{
    public static void Run(Recording recording, Tally tally)
    {
        foreach (var entry in recording.Json("grpo/advantages/cases.json").EnumerateObject())
        foreach (var run in entry.Value.GetProperty("runs").EnumerateObject())
            Run(tally, entry.Value, run);
    }

    private static void Run(Tally tally, JsonElement batch, JsonProperty run)
    {
        // <scale>_<sum_then_normalize|normalize_then_sum>_<ones|weighted>
        var parts = run.Name.Split('_');
        var scale = Enum.Parse<AdvantageScale>(parts[0], ignoreCase: true);
        var aggregation = parts[1] == "sum" ? RewardAggregation.SumThenNormalise : RewardAggregation.NormaliseThenSum;
        var weights = batch.GetProperty("weights").Numbers();
        if (parts[^1] == "ones")
            Array.Fill(weights, 1);
        var rewards = batch.GetProperty("rewards").EnumerateArray().Select(JsonNumbers.Numbers).ToArray();
        var groupSize = batch.Integer("num_generations");

        var wanted = run.Value.GetProperty("advantages_float64").Numbers();
        var found = Advantage.Compute(scale, aggregation, groupSize, weights, rewards);
        tally.Of("advantages against float64", 1e-5).AddEach(wanted, found);

        // TRL's fp32 mean of equal rewards can be one ulp off: it then misses that a group has no spread.
        var recorded = run.Value.GetProperty("advantages").Numbers();
        var exact = !wanted.Zip(recorded).Any(pair => pair.First == 0 && pair.Second != 0);
        var figures = RewardFigures.Of(scale, aggregation, groupSize, weights, rewards);
        foreach (var metric in run.Value.GetProperty("metrics").EnumerateObject())
            if (metric.Name != "frac_reward_zero_std" || exact)
                Metric(tally, metric, figures);
    }

    private static void Metric(Tally tally, JsonProperty metric, RewardFigures figures)
    {
        var path = metric.Name.Split('/');
        double? found = path switch
        {
            ["frac_reward_zero_std"] => figures.ZeroDeviation,
            ["reward"] => figures.Mean,
            ["reward_std"] => figures.Deviation,
            ["rewards", var function, "mean"] => figures.FunctionMeans[Index(function)],
            ["rewards", var function, "std"] => figures.FunctionDeviations[Index(function)],
            _ => null,
        };
        if (found is { } value)
            tally
                .Of(path is ["rewards", _, var kind] ? $"rewards/*/{kind}" : metric.Name, 1e-6)
                .Add(metric.Value.Number(), value);
        else
            tally.Fail($"grpo/advantages: metric {metric.Name}: nothing compares it");
    }

    private static int Index(string function) => int.Parse(function.AsSpan(function.LastIndexOf('_') + 1));
}
