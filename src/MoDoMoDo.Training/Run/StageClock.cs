using System.Diagnostics;

namespace MoDoMoDo.Training;

/// <summary>Seconds by stage since they were last taken.</summary>
public sealed class StageClock
{
    private readonly Dictionary<string, double> seconds = new(StringComparer.Ordinal);

    /// <summary>The function's value; the time it took is added to the stage.</summary>
    public T Time<T>(string stage, Func<T> work)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            return work();
        }
        finally
        {
            seconds[stage] = seconds.GetValueOrDefault(stage) + Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    /// <summary>Does the work; the time it took is added to the stage.</summary>
    public void Time(string stage, Action work) =>
        Time(
            stage,
            () =>
            {
                work();
                return true;
            }
        );

    /// <summary>The seconds by stage so far; counting starts anew.</summary>
    public IReadOnlyDictionary<string, double> Take()
    {
        var taken = new Dictionary<string, double>(seconds, StringComparer.Ordinal);
        seconds.Clear();
        return taken;
    }
}
