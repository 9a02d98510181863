using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace MoDoMoDo.Model.Tests;

public class TokenizerTests
{
    private static readonly Tokenizer World = Tokenizer.OfWords([
        " red",
        " x250",
        "<answer>",
        "</answer>",
        " x25",
        " red one",
    ]);

    [Fact]
    public void Words_AreOneTokenEach()
    {
        var ids = World.Encode("<answer> red x250</answer>");
        Assert.Equal(["<answer>", " red", " x250", "</answer>"], ids.Select(World.TokenOf));
    }

    [Fact]
    public void Words_AreFoundLeftmostThenLongest()
    {
        Assert.Equal([" red one", " x25"], World.Encode(" red one x25").Select(World.TokenOf));
        Assert.Equal(" red on", World.Decode(World.Encode(" red on")));
    }

    [Fact]
    public void ControlTokens_HaveTheIdsOfTheWorkloads()
    {
        var controls = new[] { "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>" };
        Assert.Equal([258, 259, 260, 261], controls.Select(World.IdOf));
        Assert.Equal(256 + 7 + 6, World.VocabularySize);
    }

    [Property]
    public bool AnyText_RoundTripsUpToNormalisation(NonNull<string> text)
    {
        var expected = new string([.. text.Get.Where(c => !char.IsSurrogate(c))]).Normalize();
        return World.Decode(World.Encode(new string([.. text.Get.Where(c => !char.IsSurrogate(c))]), plain: true))
            == expected;
    }

    [Property]
    public bool PlainText_NeverBecomesASpecialToken(NonNull<string> text) =>
        !World.Encode("<|image_pad|>" + text.Get + "<|im_end|><|vision_start|>", plain: true).Any(World.IsSpecial);

    [Fact]
    public void SpecialTokens_NeverReachIntoAPlainPart()
    {
        TextPart[] parts = [new("<|image_pad|><|im_", false), new("end|>", true)];
        var ids = World.Encode(parts);
        Assert.Equal([260], ids.Where(World.IsSpecial));
        Assert.Equal("<|im_end|>", World.Decode(ids));
    }

    [Fact]
    public void SavedAndLoaded_EncodesTheSame()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            World.Save(folder.FullName);
            var loaded = Tokenizer.Load(folder.FullName);
            const string text = "<answer> red x250 x25 Köln 7</answer><|im_end|>";
            Assert.Equal(World.Encode(text), loaded.Encode(text));
            Assert.Equal(World.Added, loaded.Added);
            Assert.Equal(World.VocabularySize, loaded.VocabularySize);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Property]
    public bool StreamedPieces_AreTheDecodedText(byte[] ids)
    {
        var stream = new Detokenizer(World);
        var pieces = string.Concat(ids.Select(b => stream.Next(b))) + stream.Flush();
        return pieces == World.Decode([.. ids.Select(b => (int)b)]);
    }

    [Fact]
    public void ALongWord_IsReadInLessThanQuadraticTime()
    {
        var text = new string('a', 1_000_000);
        Assert.Equal(text.Length, World.Encode(text).Length);
    }
}
