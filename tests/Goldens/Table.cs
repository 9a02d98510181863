namespace MoDoMoDo.Goldens;

/// <summary>The table of `build.fsx goldens`: one line for each quantity.</summary>
internal static class Table
{
    /// <summary>Prints the table of each folder; 0 when everything holds, 1 when something does not, 2 without a folder.</summary>
    public static int Print(string[] folders)
    {
        var roots = folders.Length > 0 ? folders : [.. Repository.Recordings.Where(Directory.Exists)];
        foreach (var missing in roots.Where(root => !Directory.Exists(root)))
        {
            Console.Error.WriteLine($"error: {missing}: wanted a folder of recorded numbers, found none");
            return 2;
        }
        var failures = roots.Sum(root => Print(new Recording(Path.GetFullPath(root))));
        Console.WriteLine(failures == 0 ? "everything holds" : $"{failures} do not hold");
        return failures == 0 ? 0 : 1;
    }

    private static int Print(Recording recording)
    {
        Console.WriteLine(recording.Root);
        Console.WriteLine($"  {"folder", -28} {"quantity", -42} {"compared", 8} {"largest", 9} {"tolerance", 9}");
        foreach (var missing in Section.Missing(recording))
            Console.WriteLine($"  {missing, -28} skipped: no such folder");
        var (sections, strays) = Section.Of(recording);
        var failures = 0;
        foreach (var section in sections)
            failures += section.Check is null ? NotYet(section) : Print(section.Name, section.Run(recording));
        foreach (var stray in strays)
            Console.WriteLine($"  {stray}: nothing reads it");
        return failures + strays.Count;
    }

    private static int NotYet(Section section)
    {
        Console.WriteLine($"  {section.Name, -28} not yet");
        return 0;
    }

    private static int Print(string name, Tally tally)
    {
        foreach (var quantity in tally.Quantities)
            Console.WriteLine(
                $"  {name, -28} {quantity.Name, -42} {quantity.Comparisons, 8} {quantity.Largest, 9:0.0e+00} "
                    + $"{quantity.Tolerance, 9:0.0e+00}{(quantity.Holds ? "" : "  DOES NOT HOLD")}"
            );
        foreach (var failure in tally.Failures)
            Console.WriteLine($"  {failure}");
        return tally.Failures.Count + tally.Quantities.Count(quantity => !quantity.Holds);
    }
}
