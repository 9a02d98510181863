using System.IO.MemoryMappedFiles;
using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// Tensors of one safetensors file, mapped into memory one by one when they are asked for. Owns the open file; tensors that
/// it returns belong to the caller. Opening raises InputException when the file is missing, cut off or corrupt.
/// </summary>
public sealed class SafeTensorsReader : IDisposable
{
    private readonly FileStream stream;
    private readonly MemoryMappedFile map;
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
            map = MemoryMappedFile.CreateFromFile(
                stream,
                null,
                0,
                MemoryMappedFileAccess.Read,
                HandleInheritability.None,
                leaveOpen: true
            );
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
    /// The tensor of this name on the processor, converted to `dtype` where one is given; the memory beside it is 64 MiB at
    /// most. Raises InputException when there is none.
    /// </summary>
    public Tensor Read(string name, ScalarType? dtype = null)
    {
        if (!entries.TryGetValue(name, out var entry))
            throw new InputException(File, name, "a tensor of this name", "none");
        using var scope = NewDisposeScope();
        var tensor = empty([.. entry.Shape], dtype: dtype ?? entry.Dtype);
        var offset = entry.Offset;
        foreach (var chunk in TensorBytes.Chunks(tensor))
        {
            using var inner = NewDisposeScope();
            var raw = chunk.dtype == entry.Dtype ? chunk : empty_like(chunk, dtype: entry.Dtype);
            offset += CopyFrom(offset, raw.bytes);
            if (!ReferenceEquals(raw, chunk))
                chunk.copy_(raw);
        }
        return tensor.MoveToOuterDisposeScope();
    }

    /// <summary>Fills the bytes from a place in the file; only that part is mapped, and only meanwhile.</summary>
    private unsafe int CopyFrom(long offset, Span<byte> bytes)
    {
        using var view = map.CreateViewAccessor(offset, bytes.Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            new ReadOnlySpan<byte>(start + view.PointerOffset, bytes.Length).CopyTo(bytes);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        return bytes.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        map.Dispose();
        stream.Dispose();
    }
}
