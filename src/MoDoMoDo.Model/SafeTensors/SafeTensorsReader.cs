using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// Tensors of one safetensors file, read one by one when they are asked for. Owns the open file; tensors that it returns
/// belong to the caller. Opening raises InputException when the file is missing, cut off or corrupt.
/// </summary>
public sealed class SafeTensorsReader : IDisposable
{
    private readonly FileStream stream;
    private readonly Dictionary<string, SafeTensorsEntry> entries;

    /// <summary>Opens a file and checks its header.</summary>
    public SafeTensorsReader(string file)
    {
        File = file;
        try
        {
            stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, "", "a readable file", Strings.FirstLine(error.Message));
        }
        try
        {
            Entries = SafeTensorsHeader.Read(file, stream);
            entries = Entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The file's path.</summary>
    public string File { get; }

    /// <summary>What the file holds, in the order of its header.</summary>
    public IReadOnlyList<SafeTensorsEntry> Entries { get; }

    /// <summary>True when the file has a tensor of this name.</summary>
    public bool Contains(string name) => entries.ContainsKey(name);

    /// <summary>
    /// The tensor of this name on the processor, converted to `dtype` where one is given. Raises InputException when there is none.
    /// </summary>
    public Tensor Read(string name, ScalarType? dtype = null)
    {
        if (!entries.TryGetValue(name, out var entry))
            throw new InputException(File, name, "a tensor of this name", "none");
        var tensor = empty([.. entry.Shape], dtype: entry.Dtype);
        if (entry.Length > 0)
        {
            stream.Position = entry.Offset;
            stream.ReadExactly(tensor.bytes);
        }
        if (dtype is not { } wanted || wanted == entry.Dtype)
            return tensor;
        using (tensor)
            return tensor.to(wanted);
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
