using System.Runtime.ExceptionServices;

namespace MoDoMoDo.Training;

/// <summary>Work that several threads share. Results do not depend on how many there are.</summary>
internal static class Parallelism
{
    /// <summary>The function's value for each item, in order; the first failure, as it was raised, when one fails.</summary>
    /// <param name="items">Items.</param>
    /// <param name="threads">Threads at most; 0 = one for each processor.</param>
    /// <param name="function">From an item and its position to a value.</param>
    public static TResult[] Map<T, TResult>(IReadOnlyList<T> items, int threads, Func<T, int, TResult> function)
    {
        var results = new TResult[items.Count];
        var limits = new ParallelOptions
        {
            MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount,
        };
        try
        {
            Parallel.For(0, items.Count, limits, i => results[i] = function(items[i], i));
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.Flatten().InnerExceptions[0]);
        }
        return results;
    }
}
