using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MoDoMoDo.Domain;
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

    /// <summary>Whatever the ids' bounds, a piece is made of whole characters: no half of a pair, no mark of a half-read one.</summary>
    [Property]
    public bool StreamedPieces_NeverSplitACharacter(ulong seed)
    {
        var random = new RandomStream(seed);
        var codes = Enumerable.Range(0, random.NextInt(12)).Select(_ => random.NextInt(1 << random.NextInt(7, 20)));
        var text = World.Decode(World.Encode(string.Concat(codes.Where(Rune.IsValid).Select(code => new Rune(code)))));
        var stream = new Detokenizer(World);
        var pieces = World.Encode(text).Select(stream.Next).ToArray();
        return stream.Flush().Length == 0
            && string.Concat(pieces) == text
            && pieces.All(piece => piece.EnumerateRunes().All(rune => text.EnumerateRunes().Contains(rune)))
            && pieces.All(piece => piece.Length <= 2);
    }

    /// <summary>Merges of three letters in an order that makes them compete, against the library's.</summary>
    [Property]
    public bool LongWords_AreMergedAsTheLibraryMergesThem(ulong seed)
    {
        var random = new RandomStream(seed);
        var ids = Enumerable.Range(0, 256).ToDictionary(b => ByteLevel.ToChar((byte)b).ToString());
        var merges = new List<(string, string)>();
        for (var i = 0; i < 20; i++)
        {
            var known = ids.Keys.Where(key => key.All(letter => letter is >= 'a' and <= 'c')).ToArray();
            var (first, second) = (random.Pick(known), random.Pick(known));
            if (first.Length + second.Length <= 6 && ids.TryAdd(first + second, ids.Count))
                merges.Add((first, second));
        }
        var word = string.Concat(
            Enumerable.Range(0, random.NextInt(1, 60)).Select(_ => (char)('a' + random.NextInt(3)))
        );
        var wanted = new Tokenizer(ids, merges, [], "test").Encode(word);
        return new LongWords(ids, [.. merges]).Encode(word).SequenceEqual(wanted);
    }

    [Fact]
    public void ALongWord_IsReadInLessThanQuadraticTime()
    {
        var text = new string('a', 1_000_000);
        Assert.Equal(text.Length, World.Encode(text).Length);
        var ids = Enumerable.Range(0, 256).ToDictionary(b => ByteLevel.ToChar((byte)b).ToString());
        (ids["aa"], ids["aaaa"]) = (256, 257);
        var merging = new Tokenizer(ids, [("a", "a"), ("aa", "aa")], [], "test");
        Assert.Equal(text.Length / 4, merging.Encode(text).Length);
    }
}
