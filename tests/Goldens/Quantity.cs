using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens;

/// <summary>One recorded quantity: how often it was compared, and how far off we were at worst.</summary>
/// <param name="name">What was compared, in the words of the recordings' README.</param>
/// <param name="tolerance">The README's tolerance; 0 for what must be equal.</param>
internal sealed class Quantity(string name, double tolerance)
{
    public string Name => name;

    public double Tolerance => tolerance;

    public long Comparisons { get; private set; }

    public double Largest { get; private set; }

    public bool Holds => Comparisons > 0 && Largest <= tolerance;

    /// <summary>Compares two numbers; NaN equals NaN alone.</summary>
    /// <param name="wanted">As recorded.</param>
    /// <param name="found">As computed.</param>
    /// <param name="scale">What the difference is divided by: 1 for an absolute tolerance.</param>
    public void Add(double wanted, double found, double scale = 1)
    {
        Comparisons++;
        var same = wanted == found || (double.IsNaN(wanted) && double.IsNaN(found));
        var deviation = same ? 0 : Math.Abs(wanted - found) / scale;
        Largest = double.IsNaN(deviation) ? double.PositiveInfinity : Math.Max(Largest, deviation);
    }

    /// <summary>Takes a summary of differences that were compared together.</summary>
    public void AddSummary(double summary, long comparisons)
    {
        Comparisons += comparisons;
        Largest = Math.Max(Largest, summary);
    }

    /// <summary>Compares numbers one by one; another count of them is an infinite deviation.</summary>
    public void AddEach(IReadOnlyList<double> wanted, IReadOnlyList<double> found, double scale = 1)
    {
        if (wanted.Count != found.Count)
            Add(wanted.Count, double.NaN);
        else
            for (var i = 0; i < wanted.Count; i++)
                Add(wanted[i], found[i], scale);
    }

    /// <summary>Compares two whole numbers, ids or flags, one by one.</summary>
    public void AddEach(IEnumerable<int> wanted, IEnumerable<int> found) =>
        AddEach(wanted.Select(i => (double)i).ToArray(), found.Select(i => (double)i).ToArray());

    /// <summary>Compares two tensors of one shape element by element, where a mask is not 0.</summary>
    /// <param name="wanted">As recorded, any shape.</param>
    /// <param name="found">As computed, the same shape.</param>
    /// <param name="where">Which elements count, of that shape; null for all.</param>
    /// <param name="scale">What the difference is divided by.</param>
    public void Add(Tensor wanted, Tensor found, Tensor? where = null, double scale = 1)
    {
        using var scope = NewDisposeScope();
        if (!wanted.shape.SequenceEqual(found.shape))
            Add(wanted.numel(), double.NaN);
        else
            AddEach(Doubles(wanted, where), Doubles(found, where), scale);
    }

    private static double[] Doubles(Tensor tensor, Tensor? where)
    {
        var chosen = where is null ? tensor : tensor.masked_select(where != 0);
        return chosen.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }
}

/// <summary>The quantities of one folder in the order in which they were first compared, and what went wrong otherwise.</summary>
internal sealed class Tally
{
    private readonly List<Quantity> _quantities = [];
    private readonly List<string> _failures = [];

    public IReadOnlyList<Quantity> Quantities => _quantities;

    public IReadOnlyList<string> Failures => _failures;

    public bool Holds => _failures.Count == 0 && _quantities.Count > 0 && _quantities.All(quantity => quantity.Holds);

    /// <summary>The quantity of this name, new when there is none.</summary>
    public Quantity Of(string name, double tolerance)
    {
        var known = _quantities.Find(quantity => quantity.Name == name && quantity.Tolerance == tolerance);
        if (known is null)
            _quantities.Add(known = new Quantity(name, tolerance));
        return known;
    }

    /// <summary>Notes that something was recorded that nothing compares, or that cannot be compared.</summary>
    public void Fail(string why) => _failures.Add(why);
}
