using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>
/// Trained weights of another project in our decoder: stories260K (karpathy/tinyllamas, llama2.c's first file format) tells
/// the very story that llama2.c tells at temperature 0.
/// </summary>
public class StoriesTests
{
    private static readonly DecoderConfig Shape = new()
    {
        HiddenSize = 64,
        Layers = 5,
        Heads = 8,
        KeyValueHeads = 4,
        IntermediateSize = 172,
        VocabularySize = 512,
        NormEpsilon = 1e-5,
        RotarySections = [4],
    };

    private const int Start = 1;

    [Fact]
    public void TrainedWeights_TellTheStoryOfTheReference()
    {
        var folder = Path.Combine(Goldens.Shared("data/weights"), "stories260K");
        using var scope = NewDisposeScope();
        var config = new PolicyConfig
        {
            Family = PolicyFamily.Qwen2,
            Decoder = Shape,
            TiedEmbeddings = true,
        };
        using var policy = Policy.Create(config, null, 0);
        Fill(policy, Path.Combine(folder, "stories260K.bin"));
        var completion = policy.Generate(
            [new EncodedPrompt([Start], [])],
            1,
            new GenerationOptions
            {
                Sampling = new SamplingOptions { Greedy = true },
                MaxNewTokens = 257,
                EndTokens = [Start],
            }
        )[0][0];
        var pieces = Pieces(Path.Combine(folder, "tok512.bin"));
        var text = string.Concat(completion.Ids.Where(id => id != Start).Select(id => pieces[id]));
        var wanted = File.ReadAllText(Path.Combine(folder, "greedy_257.txt")).TrimEnd();
        Assert.StartsWith(wanted, text.TrimStart(), StringComparison.Ordinal);
    }

    /// <summary>Seven integers, then the tensors of all layers one kind after the other, 32-bit floats.</summary>
    private static void Fill(Policy policy, string file)
    {
        var numbers = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file).AsSpan(7 * sizeof(int))).ToArray();
        var (hidden, inner, shared) = (Shape.HiddenSize, Shape.IntermediateSize, 4 * Shape.HeadWidth);
        var place = 0;
        using var still = no_grad();
        foreach (var (name, parameter) in policy.NamedParameters)
            if (name.EndsWith(".bias", StringComparison.Ordinal))
                parameter.zero_();
        Next("model.embed_tokens.weight", Shape.VocabularySize, hidden);
        PerLayer("input_layernorm", 1, hidden);
        PerLayer("self_attn.q_proj", hidden, hidden, Shape.Heads);
        PerLayer("self_attn.k_proj", shared, hidden, Shape.KeyValueHeads);
        PerLayer("self_attn.v_proj", shared, hidden);
        PerLayer("self_attn.o_proj", hidden, hidden);
        PerLayer("post_attention_layernorm", 1, hidden);
        PerLayer("mlp.gate_proj", inner, hidden);
        PerLayer("mlp.down_proj", hidden, inner);
        PerLayer("mlp.up_proj", inner, hidden);
        Next("model.norm.weight", 1, hidden);

        void PerLayer(string part, int rows, int columns, int turned = 0)
        {
            for (var layer = 0; layer < Shape.Layers; layer++)
                Next($"model.layers.{layer}.{part}.weight", rows, columns, turned);
        }

        void Next(string name, int rows, int columns, int turned = 0)
        {
            var parameter = policy.NamedParameters.First(p => p.Key == name).Value;
            var values = tensor(numbers[place..(place += rows * columns)], rows, columns);
            // There the pairs that turn together stand side by side; here half a head apart.
            if (turned > 0)
                values = values.view(turned, rows / turned / 2, 2, columns).transpose(1, 2).reshape(rows, columns);
            parameter.copy_(values.view(parameter.shape));
        }
    }

    /// <summary>The longest piece's length, then for each token its score, its length and its bytes.</summary>
    private static string[] Pieces(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var pieces = new List<string>();
        for (var at = sizeof(int); at < bytes.Length; )
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + sizeof(float)));
            at += sizeof(float) + sizeof(int);
            var piece = Encoding.UTF8.GetString(bytes, at, length);
            pieces.Add(piece == "<0x0A>" ? "\n" : piece);
            at += length;
        }
        return [.. pieces];
    }
}
