namespace MoDoMoDo.Data;

/// <summary>What happens when a row cannot be used.</summary>
public enum ProblemHandling
{
    /// <summary>Opening the data set ends with an error that names the first such row.</summary>
    Stop,

    /// <summary>The row is left out and listed among the data set's problems.</summary>
    Skip,
}

/// <summary>How closely the pictures of rows are looked at when a data set is opened.</summary>
public enum PictureCheck
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Their headers: kind and size.</summary>
    Header,

    /// <summary>They are decoded.</summary>
    Full,
}

/// <summary>How files become samples.</summary>
public sealed record DatasetOptions
{
    /// <summary>Name of a format of the catalogue; "auto" takes the first whose columns are there.</summary>
    public string Format { get; init; } = "auto";

    /// <summary>
    /// The file's own column for a part of the sample, where it is not the format's: keys id, question, image, options,
    /// answer.
    /// </summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();

    /// <summary>Further folders in which the pictures of rows may lie. Paths that lead elsewhere are refused.</summary>
    public IReadOnlyList<string> ImageFolders { get; init; } = [];

    /// <summary>The split to read where a folder holds several; null takes all.</summary>
    public string? Split { get; init; }

    /// <summary>At most this many samples, from the start; null takes all.</summary>
    public int? Limit { get; init; }

    /// <summary>What happens when a row cannot be used.</summary>
    public ProblemHandling Problems { get; init; } = ProblemHandling.Stop;

    /// <summary>Rows without a picture are left out and counted. Null: the format decides (true for scienceqa).</summary>
    public bool? ImagesRequired { get; init; }

    /// <summary>How closely pictures are looked at on opening.</summary>
    public PictureCheck PictureCheck { get; init; } = PictureCheck.Header;

    /// <summary>Limits for the pictures that are looked at.</summary>
    public ImageDecodingOptions Images { get; init; } = new();
}
