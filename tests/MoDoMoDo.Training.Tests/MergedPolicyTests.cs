using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Training.Tests;

public sealed class MergedPolicyTests
{
    private static Policy Seeded(ulong seed) => Policy.Create(Toy.Config, Toy.Tokenizer, seed);

    [Fact]
    public void Average_IsTheWeightedMeanOfEachParameter_AndAnExpertAloneIsItself()
    {
        using var a = Seeded(1);
        using var b = Seeded(2);
        using var target = Seeded(3);
        MergedPolicy.Average(target, [a, b], [0.25, 0.75]);
        foreach (var (of, i) in target.NamedParameters.Select((entry, i) => (entry, i)))
        {
            var wanted = 0.25 * a.NamedParameters[i].Value + 0.75 * b.NamedParameters[i].Value;
            Assert.True(allclose(wanted, of.Value, rtol: 1e-6, atol: 1e-7), of.Key);
        }
        MergedPolicy.Average(target, [a, b], [0, 1]);
        foreach (var (of, i) in target.NamedParameters.Select((entry, i) => (entry, i)))
            Assert.True(b.NamedParameters[i].Value.eq(of.Value).all().item<bool>(), of.Key);
    }

    [Fact]
    public void Average_OfPoliciesOfAnotherShape_IsRefused()
    {
        using var a = Seeded(1);
        var wider = Toy.Config with { Decoder = Toy.Config.Decoder with { IntermediateSize = 64 } };
        using var b = Policy.Create(wider, Toy.Tokenizer, 1);
        using var target = Seeded(3);
        Assert.Throws<InputException>(() => MergedPolicy.Average(target, [a, b], [0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => MergedPolicy.Average(target, [a], [0.5, 0.5]));
    }

    [Fact]
    public void SamplerThatAdapts_HearsOfEachBatch_WithTheAdvantagesOfItsDomains()
    {
        var folder = Directory.CreateTempSubdirectory("modomodo-").FullName;
        try
        {
            var sampler = new Listener(Toy.Inputs().Sampler);
            Runs.Train(folder, inputs: Toy.Inputs() with { Sampler = sampler });
            Assert.Equal(Toy.Options.Training.Steps, sampler.Heard.Count);
            foreach (var batch in sampler.Heard)
            {
                Assert.Equal(Toy.Options.Rollout.Prompts, batch.Sum(signal => signal.Prompts));
                Assert.All(batch, signal => Assert.InRange(signal.Advantage, 0, 2));
            }
            Assert.Contains(sampler.Heard.SelectMany(batch => batch), signal => signal.Advantage > 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Draws as another sampler does, and keeps what it hears.</summary>
    private sealed class Listener(IPromptSampler inner) : IAdaptiveSampler
    {
        public List<IReadOnlyList<DomainSignal>> Heard { get; } = [];

        public IReadOnlyList<string> Domains => inner.Domains;

        public Weights Weights => inner.Weights;

        public IReadOnlyList<int> Drawn => inner.Drawn;

        public Draw[] Next(int count) => inner.Next(count);

        public Microsoft.FSharp.Core.FSharpValueOption<Draw> NextFrom(int domain) => inner.NextFrom(domain);

        public string Save() => inner.Save();

        public void Restore(string state) => inner.Restore(state);

        public void Observe(IReadOnlyList<DomainSignal> batch) => Heard.Add(batch);
    }
}
