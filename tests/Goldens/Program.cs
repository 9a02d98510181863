using System.Globalization;
using MoDoMoDo.Goldens;
using MoDoMoDo.Goldens.Damage;
using TorchSharp;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// `check [DIR]` prints the table, `damage COUNT [KIND]` what becomes of so many damaged files of each kind; any other arguments are those of a test runner.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
return args switch
{
    ["check", .. var folders] => Table.Print(folders),
    ["damage", var count, .. var only] => DamageRun.Print(
        int.Parse(count, CultureInfo.InvariantCulture),
        only.FirstOrDefault()
    ),
    _ when args.Contains("--server") || args.Contains("--internal-msbuild-node") =>
        await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
    _ => await ConsoleRunner.Run(args),
};
