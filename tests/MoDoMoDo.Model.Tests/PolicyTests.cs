using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

public class PolicyTests
{
    private static readonly SmallPolicy.PixelSource Pixels = new();

    [Fact]
    public void TheSmallPolicy_HasTheParametersOfTheRecipe()
    {
        using var policy = SmallPolicy.Create();
        var words = policy.Config.Decoder.VocabularySize * 96;
        Assert.InRange(policy.NamedParameters.Sum(p => p.Value.numel()) - words, 390_000, 410_000);
    }

    [Fact]
    public void TheSameSeed_GivesTheSameWeights()
    {
        using var scope = NewDisposeScope();
        using var a = SmallPolicy.Create(7);
        using var b = SmallPolicy.Create(7);
        using var c = SmallPolicy.Create(8);
        Assert.All(
            a.NamedParameters.Zip(b.NamedParameters),
            p => Assert.True(p.First.Value.equal(p.Second.Value).all().item<bool>())
        );
        Assert.False(a.NamedParameters[0].Value.equal(c.NamedParameters[0].Value).all().item<bool>());
    }

    [Fact]
    public void Encode_RepeatsThePlaceholderForEachImageTokenAndReadsTextAsPlain()
    {
        using var policy = SmallPolicy.Create();
        var prompt = SmallPolicy.Ask(
            "<|image_pad|> red",
            SmallPolicy.Picture(64, 32, 1),
            SmallPolicy.Picture(32, 32, 2)
        );
        var encoded = policy.Encode(prompt, Pixels);
        Assert.Equal([(4, 8), (4, 4)], encoded.Images.Select(i => (i.H, i.W)));
        var image = policy.Config.ImageToken;
        int[] start = [258, .. Enumerable.Repeat(image, 8), 259, 258, .. Enumerable.Repeat(image, 4), 259];
        Assert.Equal(start, encoded.Ids[..start.Length]);
        Assert.DoesNotContain(image, encoded.Ids[start.Length..]);
    }

    [Fact]
    public void SavedAndLoaded_GivesTheSameLogitsBitForBit()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            using var policy = SmallPolicy.Create();
            policy.Save(folder.FullName);
            using var loaded = Policy.Load(folder.FullName);
            var batch = TokenBatch.LeftPadded(
                [
                    policy.Encode(SmallPolicy.Ask(" red 3"), Pixels),
                    loaded.Encode(SmallPolicy.Ask("Is it red?", SmallPolicy.Picture(64, 64, 3)), Pixels),
                ],
                policy.Config.PadToken
            );
            Assert.True(policy.Forward(batch).equal(loaded.Forward(batch)).all().item<bool>());
            Assert.Equal(policy.Config.ControlTokens, loaded.Config.ControlTokens);
            Assert.Equal(policy.Config.EndTokens, loaded.Config.EndTokens);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_NamesTensorsThatAreMissing()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            using var policy = SmallPolicy.Create();
            policy.Save(folder.FullName);
            SafeTensorsWriter.Write(
                Path.Combine(folder.FullName, "model.safetensors"),
                [.. policy.NamedParameters.Skip(1).Select(p => KeyValuePair.Create(p.Key, (Tensor)p.Value))]
            );
            var error = Assert.Throws<InputException>(() => Policy.Load(folder.FullName));
            Assert.Contains("model.visual.patch_embed.proj.weight", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Forward_LeavesNoTensorBehind()
    {
        using var policy = SmallPolicy.Create();
        var batch = TokenBatch.LeftPadded(
            [policy.Encode(SmallPolicy.Ask(" red", SmallPolicy.Picture(64, 64, 3)), Pixels)],
            256
        );
        policy.Forward(batch).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        policy.Forward(batch).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
