using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>Tensors in portions whose bytes one span can hold.</summary>
internal static class TensorBytes
{
    private const long Most = 64 << 20;

    /// <summary>A contiguous tensor in flat views of at most 64 MiB, in order; owned by the open scope.</summary>
    internal static IEnumerable<Tensor> Chunks(Tensor tensor)
    {
        var flat = tensor.view(-1);
        var step = Most / tensor.ElementSize;
        for (var start = 0L; start < flat.shape[0]; start += step)
            yield return flat.narrow(0, start, Math.Min(step, flat.shape[0] - start));
    }
}
