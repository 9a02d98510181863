using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>Greedy decoding with a cache, and the sampler's distributions, against transformers 5.23.0.</summary>
public class GenerationGoldenTests
{
    private const string Model = "qwen2_vl_tied";
    private const double LogitTolerance = 5e-4;

    public static TheoryData<string> Prompts() => ["one_image", "two_images", "batch_left"];

    private static string Folder => Goldens.ModelFolder(Model);

    [Theory]
    [MemberData(nameof(Prompts))]
    public void GreedyTokensAndStepLogits_EqualTheReference(string prompt)
    {
        using var scope = NewDisposeScope();
        using var reader = new SafeTensorsReader(Path.Combine(Folder, "generation.safetensors"));
        var (values, ids) = (reader.Read($"{prompt}.top_values"), reader.Read($"{prompt}.top_ids"));
        var step = 0;
        var worst = 0f;
        var found = Generate(
            prompt,
            new SamplingOptions { Greedy = true },
            end: [],
            logits =>
            {
                using var inner = NewDisposeScope();
                var top = logits.gather(1, ids.select(1, step));
                worst = Math.Max(worst, (top - values.select(1, step)).abs().max().item<float>());
                if (reader.Contains($"{prompt}.logits"))
                    worst = Math.Max(
                        worst,
                        (logits - reader.Read($"{prompt}.logits").select(1, step)).abs().max().item<float>()
                    );
                step++;
            }
        );
        Assert.Equal(24, step);
        Assert.True(worst <= LogitTolerance, $"step logits deviate by {worst}");
        Assert.Equal(Integers(reader, $"{prompt}.tokens"), found.SelectMany(c => c.Ids));
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public void GreedyTokensWithARepetitionPenalty_EqualTheReference(string prompt)
    {
        using var reader = new SafeTensorsReader(Path.Combine(Folder, "generation.safetensors"));
        var found = Generate(prompt, new SamplingOptions { Greedy = true, RepetitionPenalty = 1.3 }, end: []);
        Assert.Equal(Integers(reader, $"{prompt}.penalty_tokens"), found.SelectMany(c => c.Ids));
    }

    [Fact]
    public void StoppedRows_LeaveAndTheOthersGoOn()
    {
        using var reader = new SafeTensorsReader(Path.Combine(Folder, "generation.safetensors"));
        var about = Goldens.Json(Path.Combine(Folder, "generation.json"));
        var end = (int)about["prompts"]!["batch_left"]!["eos_of_stopped_run"]!;
        var found = Generate("batch_left", new SamplingOptions { Greedy = true }, [end]);
        var wanted = Integers(reader, "batch_left.stopped_tokens").Chunk(24).ToArray();
        for (var row = 0; row < found.Length; row++)
        {
            var stop = Array.IndexOf(wanted[row], end);
            Assert.Equal(stop < 0 ? wanted[row] : wanted[row][..(stop + 1)], found[row].Ids);
            Assert.Equal(stop < 0 ? CompletionEnd.Length : CompletionEnd.Stopped, found[row].End);
        }
    }

    [Fact]
    public void TheSampler_DrawsFromTheReferencesDistributions()
    {
        using var scope = NewDisposeScope();
        using var reader = new SafeTensorsReader(Path.Combine(Goldens.Core, "sampler.safetensors"));
        var logits = reader.Read("logits");
        var all = new SamplingOptions
        {
            Temperature = 0.9,
            TopK = 20,
            TopP = 0.9,
            MinP = 0.05,
        };
        Same(
            reader,
            "probs_after_temperature",
            TokenSampler.Distribution(logits, all with { TopK = 0, TopP = 1, MinP = 0 })
        );
        Same(reader, "probs_after_top_k", TokenSampler.Distribution(logits, all with { TopP = 1, MinP = 0 }));
        Same(reader, "probs_after_top_p", TokenSampler.Distribution(logits, all with { MinP = 0 }));
        Same(reader, "probs_after_min_p", TokenSampler.Distribution(logits, all));
        Same(reader, "probs", TokenSampler.Distribution(logits, all));

        var history = reader.Read("history_ids");
        var seen = zeros_like(logits, dtype: ScalarType.Bool)
            .scatter_(1, history, ones_like(history, dtype: ScalarType.Bool));
        Same(reader, "logits_after_penalty", TokenSampler.Penalise(logits, seen, 1.3));
        Same(
            reader,
            "probs_with_penalty",
            TokenSampler.Distribution(logits, all with { RepetitionPenalty = 1.3 }, seen)
        );
    }

    private static void Same(SafeTensorsReader reader, string name, Tensor found)
    {
        var wanted = reader.Read(name);
        Assert.True((found > 0).equal(wanted > 0).all().item<bool>(), $"{name}: other tokens are kept");
        var worst = (found - wanted).abs().max().item<float>();
        Assert.True(worst <= 2e-6, $"{name}: deviates by {worst}");
    }

    private static Completion[] Generate(
        string prompt,
        SamplingOptions sampling,
        int[] end,
        Action<Tensor>? trace = null
    )
    {
        using var golden = new GoldenCase(Model, prompt);
        using var policy = Policy.Load(Folder);
        var options = new GenerationOptions
        {
            MaxNewTokens = 24,
            Sampling = sampling,
            EndTokens = end,
        };
        return
        [
            .. policy.Generate(golden.Prompts(policy.Config.ImageToken), 1, options, trace: trace).SelectMany(c => c),
        ];
    }

    private static int[] Integers(SafeTensorsReader reader, string name)
    {
        using var tensor = reader.Read(name, ScalarType.Int32);
        return tensor.data<int>().ToArray();
    }
}
