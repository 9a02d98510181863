using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>Neither padding nor the other rows of a batch change a row, whatever mixture of text and images they are.</summary>
public class PaddingTests
{
    private static readonly SmallPolicy.PixelSource Pixels = new();

    /// <summary>Text alone, one image, several images of odd sizes, text between rows with images.</summary>
    private static EncodedPrompt[] Rows(Policy policy) =>
        [
            policy.Encode(SmallPolicy.Ask("Which colour?", SmallPolicy.Picture(112, 80, 1)), Pixels),
            policy.Encode(SmallPolicy.Ask(" red"), Pixels),
            policy.Encode(
                SmallPolicy.Ask(
                    "Which is larger?",
                    SmallPolicy.Picture(17, 90, 2),
                    SmallPolicy.Picture(33, 16, 3),
                    SmallPolicy.Picture(64, 64, 4)
                ),
                Pixels
            ),
            policy.Encode(SmallPolicy.Ask("no picture at all, but a longer question"), Pixels),
        ];

    [Theory]
    [InlineData(PolicyFamily.Qwen2VL, true, 4, 4, 4)]
    [InlineData(PolicyFamily.Qwen25VL, true, 2, 6, 4)]
    [InlineData(PolicyFamily.Qwen25VL, false, 5, 7)]
    [InlineData(PolicyFamily.Qwen2VL, false, 6, 6)]
    public void MixedRows_PaddedOnEitherSide_EqualTheRowsAlone(PolicyFamily family, bool tied, params int[] sections)
    {
        using var scope = NewDisposeScope();
        using var policy = SmallPolicy.Create(3, family, sections, tied);
        var rows = Rows(policy);
        var left = TokenBatch.LeftPadded(rows, policy.Config.PadToken);
        var (onLeft, onRight) = (
            policy.Forward(left),
            policy.Forward(TokenBatch.RightPadded(rows, policy.Config.PadToken))
        );
        for (var row = 0; row < rows.Length; row++)
        {
            var count = rows[row].Ids.Length;
            var alone = policy.Forward(TokenBatch.LeftPadded([rows[row]], 0))[0];
            var shifted = onLeft[row].narrow(0, left.Columns - count, count);
            Assert.InRange((shifted - alone).abs().max().item<float>(), 0, 1e-5);
            Assert.InRange((onRight[row].narrow(0, 0, count) - alone).abs().max().item<float>(), 0, 1e-5);
        }
    }

    /// <summary>Windows and full attention are different networks: what one sees of the other's patches shows in the features.</summary>
    [Fact]
    public void AWindow_SeesNothingBeyondItself()
    {
        using var scope = NewDisposeScope();
        var config = SmallPolicy.Config(PolicyFamily.Qwen25VL);
        var windowed = config with { Tower = config.Tower! with { FullAttentionBlocks = [] } };
        using var policy = Policy.Create(windowed, SmallPolicy.Tokenizer, 3, ImageProcessor.Small);
        var image = policy.Encode(SmallPolicy.Ask("", SmallPolicy.Picture(80, 48, 5)), Pixels).Images[0];
        var changed = image with { Patches = (float[])image.Patches.Clone() };
        changed.Patches[0] += 1; // the first window: cells (0, 0), (0, 1), (1, 0), (1, 1) of 3 x 5
        var moved = (policy.ImageFeatures([image]) - policy.ImageFeatures([changed])).abs().sum(1);
        int[] seen = [.. Enumerable.Range(0, 15).Where(cell => moved[cell].item<float>() > 0)];
        Assert.Equal([0, 1, 5, 6], seen);
    }
}
