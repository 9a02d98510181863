using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens;

/// <summary>A folder of recorded numbers; remembers which files and tensors were read.</summary>
/// <param name="root">The folder that holds grpo/, models/ and processors/.</param>
internal sealed class Recording(string root)
{
    private readonly HashSet<string> _read = [];
    private readonly Dictionary<string, TensorFile> _tensors = [];

    public string Root => root;

    /// <summary>Every file below the root, as paths with forward slashes, words about the numbers left out.</summary>
    public IReadOnlyList<string> Files { get; } =
    [
        .. Directory
            .EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))
            .Where(path => Path.GetFileName(path) is not "README.md" and not "versions.json")
            .Order(StringComparer.Ordinal),
    ];

    public string At(string path) => Path.Combine(root, path);

    public bool Has(string path) => File.Exists(At(path));

    /// <summary>Notes that a file is read by other means than the two below (a checkpoint, by its loader).</summary>
    public string Use(string path)
    {
        _read.Add(path);
        return At(path);
    }

    public JsonElement Json(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Use(path)));
        return document.RootElement.Clone();
    }

    /// <summary>The tensors of a safetensors file, read once for each recording.</summary>
    public TensorFile Tensors(string path)
    {
        Use(path);
        if (!_tensors.TryGetValue(path, out var file))
            _tensors.Add(path, file = new TensorFile(At(path)));
        return file;
    }

    /// <summary>What lies under a prefix and was not read: files, and tensors of files that were.</summary>
    public IEnumerable<string> Unread(string prefix) =>
        Files
            .Where(path => path.StartsWith(prefix, StringComparison.Ordinal))
            .SelectMany(path =>
                !_read.Contains(path) ? [path]
                : _tensors.TryGetValue(path, out var file) ? file.Untouched.Select(name => $"{path}: {name}")
                : []
            );
}

/// <summary>Tensors of a safetensors file, whole numbers widened to int64; remembers which were asked for.</summary>
internal sealed class TensorFile
{
    private readonly Dictionary<string, Tensor> _tensors;
    private readonly HashSet<string> _touched = [];

    public TensorFile(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var start = 8 + (int)BitConverter.ToInt64(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, start - 8));
        _tensors = header
            .RootElement.EnumerateObject()
            .Where(entry => entry.Name != "__metadata__")
            .ToDictionary(entry => entry.Name, entry => Read(entry.Value, bytes.AsSpan(start)));
    }

    public IEnumerable<string> Names => _tensors.Keys;

    public IEnumerable<string> Untouched => _tensors.Keys.Where(name => !_touched.Contains(name));

    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>The tensor of a name; owned by the file, never disposed.</summary>
    public Tensor this[string name]
    {
        get
        {
            _touched.Add(name);
            return _tensors[name];
        }
    }

    /// <summary>Notes that tensors need no comparison, for a reason that the caller knows.</summary>
    public void Skip(params string[] names) => _touched.UnionWith(names);

    private static Tensor Read(JsonElement entry, ReadOnlySpan<byte> data)
    {
        var range = entry.GetProperty("data_offsets");
        var bytes = data[range[0].GetInt32()..range[1].GetInt32()];
        var shape = entry.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64()).ToArray();
        var flat = entry.GetProperty("dtype").GetString() switch
        {
            "I64" => tensor(MemoryMarshal.Cast<byte, long>(bytes).ToArray()),
            "I8" => tensor(MemoryMarshal.Cast<byte, sbyte>(bytes).ToArray()).to(ScalarType.Int64),
            "F32" => tensor(MemoryMarshal.Cast<byte, float>(bytes).ToArray()),
            "BF16" => tensor(Widened(MemoryMarshal.Cast<byte, ushort>(bytes))),
            "U8" => tensor(bytes.ToArray()).to(ScalarType.Int64),
            var other => throw new InvalidDataException($"wanted I64, I8, U8, F32 or BF16, found {other}"),
        };
        return flat.reshape(shape).DetachFromDisposeScope();
    }

    /// <summary>16-bit floats are the upper halves of 32-bit ones.</summary>
    private static float[] Widened(ReadOnlySpan<ushort> halves)
    {
        var wide = new float[halves.Length];
        for (var i = 0; i < wide.Length; i++)
            wide[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        return wide;
    }
}

/// <summary>Reading JSON numbers.</summary>
internal static class JsonNumbers
{
    /// <summary>The number; NaN for null.</summary>
    public static double Number(this JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();

    public static double Number(this JsonElement value, string name) => value.GetProperty(name).Number();

    public static int Integer(this JsonElement value, string name) => value.GetProperty(name).GetInt32();

    public static double[] Numbers(this JsonElement list) => [.. list.EnumerateArray().Select(Number)];

    public static int[] Integers(this JsonElement list) => [.. list.EnumerateArray().Select(i => i.GetInt32())];

    public static int[][] Rows(this JsonElement list) => [.. list.EnumerateArray().Select(Integers)];
}
