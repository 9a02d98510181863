using System.Globalization;
using System.Text;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Model.Tests;

/// <summary>Our composition against the platform's, where the platform has one.</summary>
public class CanonicalFormTests
{
    public CanonicalFormTests() =>
        Assert.SkipUnless("e\u0301".Normalize() == "\u00E9", "this machine has no library for normalisation");

    [Fact]
    public void EveryCharacterAlone_IsThePlatforms()
    {
        var wrong = Enumerable
            .Range(0, 0x110000)
            .Where(code => Rune.IsValid(code) && code != 0xFFFE)
            .Select(code => new Rune(code).ToString())
            .Where(text => CanonicalForm.Of(text) != text.Normalize());
        Assert.Empty(wrong);
    }

    /// <summary>Letters that decompose, marks of all classes, parts of Hangul syllables, and what they meet.</summary>
    [Fact]
    public void RandomSequences_AreThePlatforms()
    {
        var random = new RandomStream(1);
        var marks = Enumerable.Range(0x300, 0x2000).Where(IsMark).ToArray();
        int[] letters =
        [
            'a',
            'e',
            'o',
            'S',
            ' ',
            0xC5,
            0x1E69,
            0x212B,
            0x344,
            0x958,
            0x9C7,
            0x9BE,
            0x1100,
            0x1161,
            0x11A8,
            0x11A7,
            0xAC00,
            0xAC01,
            0x1D15E,
            0x1F600,
        ];
        for (var i = 0; i < 20_000; i++)
        {
            var runes = Enumerable
                .Range(0, random.NextInt(1, 8))
                .Select(_ => random.NextBool(0.5) ? random.Pick(letters) : random.Pick(marks));
            var text = string.Concat(runes.Select(code => new Rune(code).ToString()));
            Assert.Equal(text.Normalize(), CanonicalForm.Of(text));
        }
    }

    private static bool IsMark(int code) =>
        Rune.GetUnicodeCategory(new Rune(code))
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark;
}
