using System.Runtime.CompilerServices;
using Xunit;

namespace MoDoMoDo.Data.Tests;

/// <summary>The recordings beside the project; tests that need them are skipped, by name, where they are missing.</summary>
internal static class SharedFiles
{
    private static readonly string Root = Find();

    public static string PathOf(string relative)
    {
        var path = Path.Combine(Root, relative);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"../shared/{relative} is not here");
        return path;
    }

    private static string Find([CallerFilePath] string source = "")
    {
        for (var folder = Path.GetDirectoryName(source); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var shared = Path.Combine(folder, "shared");
            if (Directory.Exists(Path.Combine(shared, "data")))
                return shared;
        }
        return "shared";
    }
}
