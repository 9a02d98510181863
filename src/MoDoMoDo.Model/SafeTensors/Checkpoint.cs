using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// The weights of a folder: model.safetensors, or shards listed in model.safetensors.index.json. Tensors are found by the
/// names of the modules, whatever layout the keys on disk have. Owns the open files.
/// </summary>
internal sealed class Checkpoint : IDisposable
{
    private const string Single = "model.safetensors";

    private readonly List<SafeTensorsReader> readers = [];
    private readonly Dictionary<string, (SafeTensorsReader Reader, SafeTensorsEntry Entry)> tensors = new(
        StringComparer.Ordinal
    );

    internal Checkpoint(string folder, PolicyFamily family)
    {
        Folder = folder;
        try
        {
            foreach (var file in Files(folder))
            {
                var reader = new SafeTensorsReader(file);
                readers.Add(reader);
                foreach (var entry in reader.Entries)
                    if (!tensors.TryAdd(NameMap.ToModule(entry.Name, family), (reader, entry)))
                        throw new InputException(file, entry.Name, "each tensor once", "it in a second file or layout");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal string Folder { get; }

    /// <summary>Raises InputException naming the tensors that are missing, surplus or of another shape.</summary>
    internal void Check(IReadOnlyList<ParameterSpec> wanted, bool tied) =>
        // A tied checkpoint may repeat its embedding as lm_head.
        Check(
            Folder,
            wanted,
            tensors.ToDictionary(t => t.Key, t => t.Value.Entry.Shape),
            name => tied && name == NameMap.Head
        );

    /// <summary>Raises InputException naming the tensors that are missing, of another shape, or surplus and not ignored.</summary>
    internal static void Check(
        string source,
        IReadOnlyList<ParameterSpec> wanted,
        IReadOnlyDictionary<string, IReadOnlyList<long>> found,
        Func<string, bool> ignored
    )
    {
        var names = wanted.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var missing = wanted.Where(p => !found.ContainsKey(p.Name)).Select(p => p.Name);
        var surplus = found.Keys.Where(name => !names.Contains(name) && !ignored(name));
        var misshaped = wanted
            .Where(p => found.TryGetValue(p.Name, out var shape) && !shape.SequenceEqual(p.Shape))
            .Select(p => $"{p.Name} [{string.Join(", ", found[p.Name])}] for [{string.Join(", ", p.Shape)}]");
        Refuse(source, "every tensor of the model", "missing", missing);
        Refuse(source, "only tensors of the model", "surplus", surplus);
        Refuse(source, "the shapes of config.json", "", misshaped);
    }

    /// <summary>The tensor of a module's name, converted.</summary>
    internal Tensor Read(string module, ScalarType dtype)
    {
        var (reader, entry) = tensors[module];
        return reader.Read(entry.Name, dtype);
    }

    /// <inheritdoc/>
    public void Dispose() => readers.ForEach(r => r.Dispose());

    private static void Refuse(string source, string wanted, string word, IEnumerable<string> found)
    {
        var list = found.ToList();
        if (list.Count > 0)
            throw new InputException(
                source,
                "weights",
                wanted,
                $"{word} {string.Join(", ", list.Take(5))}{(list.Count > 5 ? $" and {list.Count - 5} more" : "")}".TrimStart()
            );
    }

    private static IEnumerable<string> Files(string folder)
    {
        // A folder with both is read as transformers does: the single file.
        var (single, index) = (Path.Combine(folder, Single), Path.Combine(folder, SafeTensorsWriter.Index));
        if (File.Exists(single) || !File.Exists(index))
            return [single];
        var map =
            JsonFile.ReadObject(index)["weight_map"] as JsonObject
            ?? throw new InputException(index, "weight_map", "an object", "none");
        var names = map.Select(m => m.Value?.ToString() ?? "").Distinct(StringComparer.Ordinal).ToList();
        foreach (var name in names)
            if (name.Length == 0 || name != Path.GetFileName(name))
                throw new InputException(index, "weight_map", "names of files in the same folder", name);
        return names.Select(name => Path.Combine(folder, name));
    }
}
