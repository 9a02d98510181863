using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using Xunit;

namespace MoDoMoDo.Training.Tests;

public sealed class EvaluatorTests : IDisposable
{
    private readonly Policy policy = Toy.Start();

    public void Dispose() => policy.Dispose();

    private static Benchmark Of(IVerifier verifier, params IMetric[] metrics) =>
        new("numbers", Toy.Inputs().Domains[1].Source, PromptTemplate.Plain, verifier, metrics);

    private ScoredBenchmark Score(Benchmark benchmark, EvaluationOptions options)
    {
        using var features = new FeatureCache(policy, true, 16);
        var limits = options with { MaxNewTokens = 5 };
        return new Evaluator(policy, Toy.Inputs().Images, features, limits).Score(benchmark, new SilentProgress());
    }

    [Theory]
    [InlineData(Decoding.Sampled)]
    [InlineData(Decoding.Greedy)]
    public void Scores_DoNotDependOnHowManyItemsGoAtATime(Decoding decoding)
    {
        var options = new EvaluationOptions { Decoding = decoding, Samples = 3 };
        var whole = Score(Of(new Toy.EvenIds()), options);
        var parts = Score(Of(new Toy.EvenIds()), options with { ItemsAtOnce = 3 });
        Assert.Equal(Ids(whole), Ids(parts));
        Assert.Equal(whole.Evaluation.Mean, parts.Evaluation.Mean);
        Assert.Equal(8, whole.Evaluation.Count);

        static int[][] Ids(ScoredBenchmark scored) =>
            [.. scored.Items.SelectMany(item => item.Completions).Select(completion => completion.Ids)];
    }

    [Fact]
    public void OtherSeed_GivesOtherAnswers()
    {
        var one = Score(Of(new Toy.EvenIds()), new EvaluationOptions());
        var other = Score(Of(new Toy.EvenIds()), new EvaluationOptions { Seed = 1 });
        Assert.NotEqual(one.Items[0].Completions[0].Ids, other.Items[0].Completions[0].Ids);
    }

    [Fact]
    public void Mean_IsOverItemsOfTheMeanOverSamples_AndPassAtKOfTheBest()
    {
        // Sample number s of an item scores s / 10; item 3 cannot be scored.
        var scored = Score(Of(new Counting(3)), new EvaluationOptions { Samples = 4 });
        Assert.Equal(0.15, scored.Evaluation.Mean, 12);
        Assert.Equal(0, scored.Evaluation.StandardError, 12);
        Assert.Equal(7, scored.Evaluation.Count);
        Assert.Equal(0.3, scored.Evaluation.Further["pass_at_k"], 12);
        Assert.Equal(1 / 8.0, scored.Evaluation.Further["unscorable"], 12);
    }

    [Fact]
    public void StandardError_IsThatOverItems()
    {
        var scored = Score(Of(new Toy.EvenIds()), new EvaluationOptions { Samples = 2 });
        var items = scored.Items.Select(item => item.Verdicts.Average(verdict => verdict.Value)).ToArray();
        var variance = items.Sum(value => Math.Pow(value - items.Average(), 2)) / (items.Length - 1);
        Assert.Equal(Math.Sqrt(variance / items.Length), scored.Evaluation.StandardError, 12);
    }

    [Fact]
    public void Metrics_SeeOneAnswerAnItem()
    {
        var scored = Score(Of(new Toy.EvenIds(), new Answers()), new EvaluationOptions { Samples = 3, Limit = 5 });
        Assert.Equal(5, scored.Evaluation.Further["answers"]);
        Assert.Equal(10, scored.Evaluation.Further["answers_twice"]);
    }

    [Fact]
    public void PromptsOverTheLimit_AreLeftOutAndCounted()
    {
        var domain = Toy.Inputs().Domains[1];
        var kept = PromptLimit.Apply(domain.Source, domain.Template, policy, Toy.Inputs().Images, 3);
        // Prompts of the toy have one, two or three words and a question mark.
        Assert.Equal((6, 2), (kept.Count, kept.LeftOut));
        Assert.Equal("numbers-3", kept.Get(2).Id);
    }

    private sealed class Counting(int broken) : IVerifier
    {
        private readonly Dictionary<string, int> seen = [];

        public string Name => "counting";

        public Verdict Verify(Attempt attempt)
        {
            if (attempt.Sample.Id == $"numbers-{broken}")
                return Verdict.NewUnscorable(Evidence.Because("broken gold"));
            lock (seen)
                return Verdict.Scored(
                    (seen[attempt.Sample.Id] = seen.GetValueOrDefault(attempt.Sample.Id, -1) + 1) / 10.0,
                    Evidence.Because("number")
                );
        }
    }

    private sealed class Answers : IMetric
    {
        public string Name => "answers";

        public Evaluation Evaluate(IReadOnlyList<Attempt> attempts) =>
            new(
                "answers",
                attempts.Count,
                0,
                attempts.Count,
                new Dictionary<string, double> { ["twice"] = 2 * attempts.Count }
            );
    }
}
