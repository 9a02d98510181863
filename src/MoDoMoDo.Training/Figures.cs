using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Training;

/// <summary>Numbers on their way out of tensors and into text.</summary>
internal static class Figures
{
    /// <summary>The number in the invariant culture, such that it reads back exactly.</summary>
    public static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The elements of a tensor of any device and floating type, row by row.</summary>
    public static double[] ToDoubles(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    /// <summary>The elements of a tensor of any device and floating type in single precision, row by row.</summary>
    public static float[] ToFloats(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    /// <summary>The one element of a tensor.</summary>
    public static double ToDouble(this Tensor tensor) => tensor.ToDoubles()[0];
}
