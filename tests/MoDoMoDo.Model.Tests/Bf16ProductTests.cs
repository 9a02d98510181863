using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>Our product of a few rows with a 16-bit matrix, beside the exact one.</summary>
public class Bf16ProductTests
{
    [Theory]
    [InlineData(1, 64, 1024)]
    [InlineData(1, 1536, 257)]
    [InlineData(2, 128, 1000)]
    [InlineData(2, 192, 700)]
    public void Product_IsTheExactOneRoundedOnce(int rows, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var generator = new Generator(3);
        var x = randn([rows, 1, inputs], generator: generator).to(ScalarType.BFloat16);
        var weight = randn([outputs, inputs], generator: generator).to(ScalarType.BFloat16);
        Assert.SkipUnless(Bf16Product.Suits(x, weight), "this processor has no 512-bit registers");
        var exact = nn.functional.linear(x.to(ScalarType.Float64), weight.to(ScalarType.Float64));
        var found = Bf16Product.Of(x, weight);
        Assert.Equal(exact.shape, found.shape);
        Assert.Equal(ScalarType.BFloat16, found.dtype);
        var error = (found.to(ScalarType.Float64) - exact).abs();
        // Half a unit in the last of eight bits, and the rounding of sums in 32 bits.
        var allowed = exact.abs() / 256 + 1e-4 * Math.Sqrt(inputs);
        Assert.True((error <= allowed).all().item<bool>());
    }

    [Fact]
    public void ProductsThatTrain_OrHaveManyRows_AreLeftToLibtorch()
    {
        using var scope = NewDisposeScope();
        var x = zeros(1, 512, dtype: ScalarType.BFloat16);
        var weight = zeros(512, 512, dtype: ScalarType.BFloat16);
        Assert.False(Bf16Product.Suits(x.expand(3, 512), weight));
        Assert.False(Bf16Product.Suits(x.to(ScalarType.Float32), weight));
        Assert.False(Bf16Product.Suits(x, weight.requires_grad_()));
    }
}
