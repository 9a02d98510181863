using System.Diagnostics;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Goldens.Damage;

/// <summary>What became of a damaged file; anything else is an exception that a user would see as a crash.</summary>
internal enum Outcome
{
    Loaded,
    Refused,
}

/// <summary>A kind of file that is damaged and read, again and again.</summary>
internal interface IDamaged : IDisposable
{
    string Name { get; }

    /// <summary>Damages a file as the stream says, and reads it.</summary>
    Outcome Try(RandomStream random);
}

/// <summary>What happened over many damaged files of one kind.</summary>
/// <param name="Name">The kind.</param>
/// <param name="Loaded">Files that were read all the same.</param>
/// <param name="Refused">Files that were refused with one clear line.</param>
/// <param name="Crashes">The others: number and exception.</param>
/// <param name="Slowest">Seconds of the slowest one.</param>
/// <param name="LargestMiB">Most memory that one allocated.</param>
internal sealed record DamageReport(
    string Name,
    int Loaded,
    int Refused,
    IReadOnlyList<string> Crashes,
    double Slowest,
    double LargestMiB
);

/// <summary>
/// Damaged checkpoints and images: each is refused with one clear line, or read as if nothing had happened to it. The damage
/// of number i is a function of the kind and i alone.
/// </summary>
internal static class DamageRun
{
    /// <summary>Far above what any of the small files takes; longer is a hang.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public static IDamaged[] Kinds() =>
        [new DamagedCheckpoint(true), new DamagedCheckpoint(false), new DamagedImages()];

    public static DamageReport Run(IDamaged kind, int count)
    {
        var (loaded, refused, crashes, slowest, largest) = (0, 0, new List<string>(), 0.0, 0L);
        for (var i = 0; i < count; i++)
        {
            var number = i;
            using var watch = new Timer(
                _ => Environment.FailFast($"{kind.Name} {number}: hangs"),
                null,
                Longest,
                Timeout.InfiniteTimeSpan
            );
            var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                if (kind.Try(new RandomStream(Rng.OfSeed(0).Split(kind.Name).Split((ulong)i))) == Outcome.Loaded)
                    loaded++;
                else
                    refused++;
            }
            catch (Exception error)
            {
                crashes.Add(
                    $"{kind.Name} {i}: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")} {Place(error)}"
                );
            }
            slowest = Math.Max(slowest, clock.Elapsed.TotalSeconds);
            largest = Math.Max(largest, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return new(kind.Name, loaded, refused, crashes, slowest, largest / (1024.0 * 1024));
    }

    private static string Place(Exception error) => (error.StackTrace ?? "").Split('\n')[0].Trim();

    /// <summary>Damages so many files of each kind, or of one, and prints a table; 0 when none of them crashed.</summary>
    public static int Print(int count, string? only = null)
    {
        Console.WriteLine("| damaged | files | refused | read | crashes | slowest, s | most allocated, MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var crashed = 0;
        foreach (var kind in Kinds().Where(kind => only is null || kind.Name == only))
            using (kind)
            {
                var r = Run(kind, count);
                Console.WriteLine(
                    $"| {r.Name} | {count} | {r.Refused} | {r.Loaded} | {r.Crashes.Count} | {r.Slowest:0.00} | {r.LargestMiB:0} |"
                );
                foreach (var crash in r.Crashes.Take(10))
                    Console.Error.WriteLine(crash);
                crashed += r.Crashes.Count;
            }
        using var process = Process.GetCurrentProcess();
        Console.WriteLine();
        Console.WriteLine($"Peak memory of the process: {process.PeakWorkingSet64 / (1024 * 1024)} MiB.");
        return crashed == 0 ? 0 : 1;
    }
}
