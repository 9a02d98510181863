using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;
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
        var bytes = File.ReadAllBytes(Path.Combine(Core, path));
        var start = 8 + (int)BitConverter.ToInt64(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, start - 8));
        return header
            .RootElement.EnumerateObject()
            .Where(entry => entry.Name != "__metadata__")
            .ToDictionary(entry => entry.Name, entry => Read(entry.Value, bytes.AsSpan(start)));
    }

    private static Tensor Read(JsonElement entry, ReadOnlySpan<byte> data)
    {
        var range = entry.GetProperty("data_offsets");
        var bytes = data[range[0].GetInt32()..range[1].GetInt32()];
        var shape = entry.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64()).ToArray();
        return entry.GetProperty("dtype").GetString() == "I64"
            ? tensor(MemoryMarshal.Cast<byte, long>(bytes).ToArray(), shape)
            : tensor(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), shape);
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
