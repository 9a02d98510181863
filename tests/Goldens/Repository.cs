namespace MoDoMoDo.Goldens;

/// <summary>Where the recorded numbers lie.</summary>
internal static class Repository
{
    /// <summary>The core that the repository holds, and the full set beside it, which may be missing.</summary>
    public static string[] Recordings { get; } =
    [
        Path.Combine(Root(), "tests", "Goldens", "core"),
        Path.GetFullPath(Path.Combine(Root(), "..", "shared", "goldens")),
    ];

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MoDoMoDo.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("no MoDoMoDo.sln above the program");
    }
}
