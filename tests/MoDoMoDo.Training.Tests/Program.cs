using System.Runtime.CompilerServices;
using MoDoMoDo.Model;

namespace MoDoMoDo.Training.Tests;

/// <summary>The test runner, and a run of the toy for the test that kills it.</summary>
public static class Program
{
    /// <summary>First argument of a run of the toy; the second is its folder.</summary>
    public const string TrainToy = "train-toy";

    /// <summary>One thread: the toy has no work for two, and results depend on their number.</summary>
    [ModuleInitializer]
    internal static void UseOneThread() => ComputeDevice.Threads = 1;

    /// <summary>Exit code: 0 when all is well.</summary>
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is [TrainToy, var folder])
        {
            Runs.Train(folder);
            return 0;
        }
        // As in the entry point that xunit would generate.
        return arguments.Any(argument => argument is "--server" or "--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(
                arguments,
                SelfRegisteredExtensions.AddSelfRegisteredExtensions
            )
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(arguments);
    }
}
