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
    private const string Index = "model.safetensors.index.json";

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
    internal void Check(IReadOnlyList<ParameterSpec> wanted, bool tied)
    {
        var names = wanted.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var missing = wanted.Where(p => !tensors.ContainsKey(p.Name)).Select(p => p.Name);
        // A tied checkpoint may repeat its embedding as lm_head.
        var surplus = tensors.Keys.Where(name => !names.Contains(name) && !(tied && name == NameMap.Head));
        var misshaped = wanted
            .Where(p => tensors.TryGetValue(p.Name, out var t) && !t.Entry.Shape.SequenceEqual(p.Shape))
            .Select(p =>
                $"{p.Name} [{string.Join(", ", tensors[p.Name].Entry.Shape)}] for [{string.Join(", ", p.Shape)}]"
            );
        Refuse("every tensor of the model", "missing", missing);
        Refuse("only tensors of the model", "surplus", surplus);
        Refuse("the shapes of config.json", "", misshaped);
    }

    /// <summary>The tensor of a module's name, converted.</summary>
    internal Tensor Read(string module, ScalarType dtype)
    {
        var (reader, entry) = tensors[module];
        return reader.Read(entry.Name, dtype);
    }

    /// <inheritdoc/>
    public void Dispose() => readers.ForEach(r => r.Dispose());

    private void Refuse(string wanted, string word, IEnumerable<string> found)
    {
        var list = found.ToList();
        if (list.Count > 0)
            throw new InputException(
                Folder,
                "weights",
                wanted,
                $"{word} {string.Join(", ", list.Take(5))}{(list.Count > 5 ? $" and {list.Count - 5} more" : "")}".TrimStart()
            );
    }

    private static IEnumerable<string> Files(string folder)
    {
        var index = Path.Combine(folder, Index);
        if (!File.Exists(index))
            return [Path.Combine(folder, Single)];
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
