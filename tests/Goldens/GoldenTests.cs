using Xunit;

namespace MoDoMoDo.Goldens;

/// <summary>The table of `build.fsx goldens`, one test for each section of each recording.</summary>
public sealed class GoldenTests
{
    /// <summary>Recording and section.</summary>
    public static TheoryData<string, string> Sections
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var root in Repository.Recordings.Where(Directory.Exists))
            foreach (var section in Section.Of(new Recording(root)).Sections)
                data.Add(Path.GetFileName(root), section.Name);
            return data;
        }
    }

    /// <summary>Every number of a section holds, and every file of it is read.</summary>
    [Theory]
    [MemberData(nameof(Sections))]
    public void RecordedNumbers_Hold(string recorded, string name)
    {
        var recording = new Recording(Repository.Recordings.Single(root => Path.GetFileName(root) == recorded));
        var section = Section.Of(recording).Sections.Single(section => section.Name == name);
        Assert.SkipWhen(section.Check is null, $"{name}: not yet");
        var tally = section.Run(recording);
        var wrong = tally
            .Quantities.Where(quantity => !quantity.Holds)
            .Select(quantity => FormattableString.Invariant($"{quantity.Name}: {quantity.Largest:0.0e+00}"));
        Assert.Empty(wrong.Concat(tally.Failures));
    }

    /// <summary>No file of a recording is forgotten.</summary>
    [Fact]
    public void EveryFile_BelongsToASection()
    {
        foreach (var root in Repository.Recordings.Where(Directory.Exists))
            Assert.Empty(Section.Of(new Recording(root)).Strays);
    }

    /// <summary>The full set lies beside the repository on some machines only.</summary>
    [Fact]
    public void FullRecording_IsThere()
    {
        Assert.SkipUnless(Directory.Exists(Repository.Recordings[1]), "../shared/goldens is missing");
        Assert.True(new Recording(Repository.Recordings[1]).Files.Count > 100);
    }
}
