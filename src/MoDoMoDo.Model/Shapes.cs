using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>Shapes are checked in managed code, in Release builds too: some native calls abort the process on a bad one.</summary>
public static class Shapes
{
    /// <summary>Returns the tensor. Raises ArgumentException naming it when its shape is not the wanted one; -1 accepts any size.</summary>
    public static Tensor Require(Tensor tensor, string name, params ReadOnlySpan<long> wanted)
    {
        var found = tensor.shape;
        var fits = found.Length == wanted.Length;
        for (var i = 0; fits && i < found.Length; i++)
            fits = wanted[i] < 0 || wanted[i] == found[i];
        if (fits)
            return tensor;
        throw new ArgumentException($"{name}: wanted shape [{Show(wanted)}], found [{Show(found)}]");
    }

    private static string Show(ReadOnlySpan<long> shape)
    {
        var parts = new string[shape.Length];
        for (var i = 0; i < shape.Length; i++)
            parts[i] = shape[i] < 0 ? "*" : shape[i].ToString(System.Globalization.CultureInfo.InvariantCulture);
        return string.Join(", ", parts);
    }
}
