using System.Text.Json;
using MoDoMoDo.Model;
using static TorchSharp.torch;

namespace MoDoMoDo.Training.Tests;

/// <summary>
/// Numbers recorded from TRL 1.16.0 (transformers 5.23.0, torch 2.13.0, one thread, fp32) and kept under tests/Goldens/core.
/// </summary>
internal static class GoldenFiles
{
    private static readonly string Core = Path.Combine(Root(), "tests", "Goldens", "core", "grpo");

    public static JsonElement Json(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Core, path)));
        return document.RootElement.Clone();
    }

    public static Dictionary<string, Tensor> Tensors(string path)
    {
        using var reader = new SafeTensorsReader(Path.Combine(Core, path));
        return reader.Entries.ToDictionary(entry => entry.Name, entry => reader.Read(entry.Name));
    }

    public static double Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MoDoMoDo.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("MoDoMoDo.sln above the test's folder");
    }
}
