using MoDoMoDo.Domain;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training.Tests;

/// <summary>
/// A run that takes a second: two domains of made-up prompts, one with an image, a random policy of some thousand weights,
/// and verifiers that look at ids, so that rewards differ within groups from the first step.
/// </summary>
internal static class Toy
{
    public static readonly string[] Words = [" red", " blue", " one", " two", " colour", " number", " ?"];

    public static Tokenizer Tokenizer { get; } = Tokenizer.OfWords(Words);

    public static PolicyConfig Config { get; } =
        PolicyConfig.Small(Tokenizer) with
        {
            Decoder = PolicyConfig.Small(Tokenizer).Decoder with
            {
                HiddenSize = 32,
                Layers = 2,
                IntermediateSize = 48,
                RotarySections = [2, 1, 1],
            },
            Tower = PolicyConfig.Small(Tokenizer).Tower! with { Width = 16, MlpWidth = 32, OutWidth = 32 },
        };

    public static Policy Start() =>
        Policy.Create(
            Config,
            Tokenizer,
            7,
            new ImageProcessor
            {
                PatchSize = 8,
                MinPixels = 256,
                MaxPixels = 256,
            }
        );

    /// <summary>The same policy with an adapter that changes nothing yet.</summary>
    public static Policy StartAdapted()
    {
        var policy = Start();
        policy.AddAdapter(new LoraConfig { Rank = 2, Targets = ["q_proj", "v_proj", "down_proj"] }, 3);
        return policy;
    }

    public static TrainingOptions Options { get; } =
        new()
        {
            Seed = 3,
            Rollout = new RolloutOptions
            {
                Prompts = 6,
                Generations = 4,
                MaxNewTokens = 5,
            },
            Training = new UpdateOptions
            {
                Steps = 6,
                Loss = new GrpoOptions { Loss = LossType.DrGrpo, LossLength = 3 },
                Optimiser = new OptimiserOptions { Kind = OptimiserKind.Sgd },
                Schedule = new Schedule
                {
                    Peak = 0.05,
                    WarmUp = 2,
                    FromZero = false,
                    Floor = 0.05,
                },
                MaxGradientNorm = 5,
            },
            Evaluation = new EvaluationOptions
            {
                Every = 2,
                Samples = 2,
                BenchmarksToo = true,
            },
            Checkpoint = new CheckpointOptions { Every = 1 },
            Log = new LogOptions { CompletionGroups = 0 },
        };

    public static TrainingInputs Inputs(IVerifier? verifier = null) =>
        new(
            [
                Domain("colours", pictured: true, verifier ?? new EvenIds()),
                Domain("numbers", pictured: false, verifier ?? new EvenIds()),
            ],
            new Turns("colours", "numbers"),
            [new Benchmark("unseen", new Items("unseen", 5, false, 900), PromptTemplate.Plain, new EvenIds(), [])],
            new Pictures(),
            Start
        )
        {
            EncodeImage = image => image.Pixels,
        };

    /// <summary>Graded groups of four, one a prompt, domains in turn.</summary>
    public static RolledGroup[] Groups(Policy policy, int prompts, IVerifier? verifier = null)
    {
        var inputs = Inputs(verifier);
        using var features = new FeatureCache(policy, frozen: true, 16);
        var batch = new PromptBatch(inputs.Domains, inputs.Sampler, prompt => policy.Encode(prompt, inputs.Images));
        var rollout = Options.Rollout with { MaxNewTokens = 7 };
        var rolled = new RolloutEngine(policy, features, rollout, 5).Complete(batch.Next(prompts, 0), 0);
        var grader = new Grader(rollout, Options.Training, [], 5);
        return grader.WithAdvantages(grader.Grade(rolled, 0));
    }

    private static TrainingDomain Domain(string name, bool pictured, IVerifier verifier) =>
        new(name, new Items(name, 8, pictured, 0), new Items(name, 3, pictured, 100), PromptTemplate.Plain, verifier);

    /// <summary>Samples with one-colour pictures.</summary>
    private sealed class Items(string name, int count, bool pictured, int first) : ISampleSource
    {
        public string Name => name;

        public int Count => count;

        public Sample Get(int index)
        {
            Image[] images = pictured ? [Image.OfPixels(Shade(first + index))] : [];
            var text = pictured ? " colour ?" : string.Concat(Enumerable.Repeat(" number", 1 + index % 3)) + " ?";
            return Sample.Create($"{name}-{first + index}", name, text, images, Gold.NewText([" red"]));
        }

        private static RgbImage Shade(int number) =>
            RgbImage.Create(16, 16, [.. Enumerable.Range(0, 768).Select(i => (byte)(number * 17 + i % 3 * 40))]);
    }

    private sealed class Pictures : IImageSource
    {
        public RgbImage Load(Image image) =>
            image.Data.Match(_ => throw Unknown(), _ => throw Unknown(), pixels => pixels);

        private static InvalidOperationException Unknown() => new("toy pictures are pixels");
    }

    /// <summary>Scores the share of even ids; the form counts a tenth: at most three tokens.</summary>
    internal sealed class EvenIds : IVerifier
    {
        public string Name => "even ids";

        public Verdict Verify(Attempt attempt)
        {
            var ids = attempt.Completion.Ids;
            var accuracy = (double)ids.Count(id => id % 2 == 0) / ids.Length;
            var format = ids.Length <= 3 ? 1.0 : 0.0;
            VerdictPart[] parts = [new("accuracy", accuracy, 0.9), new("format", format, 0.1)];
            return Verdict.Scored(0.9 * accuracy + 0.1 * format, new Evidence("ids", "even ids", "counted", parts));
        }
    }

    /// <summary>Domains in turn, each one's samples in order, again and again.</summary>
    internal sealed class Turns(params string[] names) : IPromptSampler
    {
        private int next;
        private readonly int[] drawn = new int[names.Length];

        public IReadOnlyList<string> Domains => names;

        public Weights Weights => Weights.Uniform(names);

        public IReadOnlyList<int> Drawn => drawn;

        public Draw[] Next(int count) => [.. Enumerable.Range(0, count).Select(_ => From(next++ % names.Length))];

        public Microsoft.FSharp.Core.FSharpValueOption<Draw> NextFrom(int domain) =>
            Microsoft.FSharp.Core.FSharpValueOption<Draw>.NewValueSome(From(domain));

        public string Save() => $"{next};{string.Join(',', drawn)}";

        public void Restore(string state)
        {
            var parts = state.Split(';');
            next = int.Parse(parts[0]);
            parts[1].Split(',').Select(int.Parse).ToArray().CopyTo(drawn, 0);
        }

        private Draw From(int domain) => new(domain, drawn[domain]++ % 8);
    }
}
