using System.Diagnostics;
using MoDoMoDo.Model;
using Xunit;

namespace MoDoMoDo.Training.Tests;

public sealed class ResumeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("resume-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string At(string name) => Path.Combine(folder, name);

    [Fact]
    public void RunInterruptedBetweenSteps_AndResumed_EqualsTheUninterruptedOne()
    {
        Runs.Train(At("whole"));
        using var stop = new CancellationTokenSource();
        var hook = new Runs.Hook(figures =>
        {
            if (figures.Step == 3)
                stop.Cancel();
        });
        var first = Runs.Train(At("parts"), progress: hook, stop: stop);
        Assert.False(first.Finished);
        Assert.Equal(3, first.State.Step);
        Assert.True(Runs.Train(At("parts")).Finished);
        AssertSame("whole", "parts");
    }

    [Fact]
    public void RunLeftAtAnyMoment_AndResumed_EqualsTheUninterruptedOne()
    {
        // A copy of the folder while a step is reported is what a process killed there leaves: lines are ahead of checkpoints.
        var options = Toy.Options with
        {
            Training = Toy.Options.Training with
            {
                Iterations = 2,
                Loss = new GrpoOptions { Beta = 0.01 },
            },
            Checkpoint = new CheckpointOptions { Every = 2 },
        };
        var hook = new Runs.Hook(figures => Runs.Copy(At("whole"), At($"killed-{figures.Step}")));
        Runs.Train(At("whole"), options, progress: hook);
        foreach (var step in new[] { 1, 3, 6 })
        {
            File.AppendAllText(At($"killed-{step}/metrics.jsonl"), "{\"step\": 1, \"lo");
            Runs.Train(At($"killed-{step}"), options);
            AssertSame("whole", $"killed-{step}");
        }
    }

    [Fact]
    public void DamagedNewestCheckpoint_IsLeftOut_AndTheOneBeforeIsResumed()
    {
        var options = Toy.Options with
        {
            Checkpoint = new CheckpointOptions { Every = 1, Keep = 2 },
        };
        Runs.Train(At("whole"), options);
        using var stop = new CancellationTokenSource();
        var interrupting = new Runs.Hook(figures =>
        {
            if (figures.Step == 3)
                stop.Cancel();
        });
        Runs.Train(At("parts"), options, progress: interrupting, stop: stop);
        var newest = Checkpoint.Newest(At("parts"))!;
        using (var weights = File.OpenWrite(Path.Combine(newest, "model.safetensors")))
            weights.SetLength(weights.Length - 8);
        var hook = new Runs.Hook(_ => { });
        Assert.True(Runs.Train(At("parts"), options, progress: hook).Finished);
        Assert.Contains(hook.Notices, notice => notice.Contains(Path.GetFileName(newest)));
        AssertSame("whole", "parts");
    }

    [Fact]
    public void RunOfAnAdapter_LeftAndResumed_EqualsTheUninterruptedOne_AndKeepsItsBase()
    {
        var options = Toy.Options with
        {
            Training = Toy.Options.Training with
            {
                Loss = new GrpoOptions { Beta = 0.01 },
                Saving = new MemorySaving { Positions = 7, RecomputeLayers = true },
            },
        };
        var inputs = () => Toy.Inputs() with { Start = Toy.StartAdapted, StartsAtBase = true };
        var hook = new Runs.Hook(figures => Runs.Copy(At("whole"), At($"killed-{figures.Step}")));
        Runs.Train(At("whole"), options, inputs(), hook);
        Runs.Train(At("killed-4"), options, inputs());
        AssertSame("whole", "killed-4");
        Assert.False(File.Exists(At("whole/checkpoints/step-6/model.safetensors")));

        // final/ is the base with the adapter merged, and the adapter itself.
        using var start = Toy.Start();
        using var final = Policy.Load(At("whole/final"));
        start.LoadAdapter(At("whole/final/adapter"));
        Assert.False(start.Adapter!.IsZero);
        start.MergeAdapter();
        foreach (var (wanted, found) in start.NamedParameters.Zip(final.NamedParameters))
            Assert.Equal(wanted.Value.ToDoubles(), found.Value.ToDoubles());
        Assert.Contains(Runs.Metrics(At("whole")), line => (double)line["kl"]! > 0);
    }

    [Fact]
    public void ReferenceOfANewAdapter_IsItsBase()
    {
        var options = Toy.Options with
        {
            Training = Toy.Options.Training with { Loss = new GrpoOptions { Beta = 0.05 } },
        };
        Runs.Train(At("shared"), options, Toy.Inputs() with { Start = Toy.StartAdapted, StartsAtBase = true });
        Runs.Train(At("apart"), options, Toy.Inputs() with { Start = Toy.StartAdapted });
        AssertSame("shared", "apart");
    }

    [Fact]
    public void FinishedRun_Resumed_ChangesNothing()
    {
        var first = Runs.Train(At("run"));
        Runs.Copy(At("run"), At("again"));
        var second = Runs.Train(At("again"));
        AssertSame("run", "again");
        Assert.Equal(first.Benchmarks[0].Mean, second.Benchmarks[0].Mean);
    }

    [Fact]
    public void RunKilledAgainAndAgain_EqualsTheUninterruptedOne()
    {
        Runs.Train(At("whole"));
        for (var steps = 1; Kill(steps); steps += 2)
            Assert.True(steps < 9, "the run does not come to its end");
        AssertSame("whole", "killed");
    }

    /// <summary>
    /// Goes on with a run in a process of its own and kills it (SIGKILL) a moment after it has done so many steps, whatever
    /// it is at; false when it came to its end.
    /// </summary>
    private bool Kill(int steps)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ResumeTests).Assembly.Location);
        start.ArgumentList.Add(Program.TrainToy);
        start.ArgumentList.Add(At("killed"));
        using var process = Process.Start(start)!;
        var metrics = At("killed/metrics.jsonl");
        while (!process.WaitForExit(5))
            if (File.Exists(metrics) && File.ReadLines(metrics).Count() >= steps)
            {
                Thread.Sleep(Random.Shared.Next(30));
                process.Kill();
                process.WaitForExit();
                return process.ExitCode != 0;
            }
        Assert.Equal(0, process.ExitCode);
        return false;
    }

    private void AssertSame(string one, string other)
    {
        Assert.Equal(Runs.Lines(At(one), "metrics.jsonl"), Runs.Lines(At(other), "metrics.jsonl"));
        Assert.Equal(Runs.Lines(At(one), "evaluations.jsonl"), Runs.Lines(At(other), "evaluations.jsonl"));
        Assert.Equal(Runs.Lines(At(one), "completions.jsonl"), Runs.Lines(At(other), "completions.jsonl"));
        Assert.Equal(Runs.Weights(At(one)), Runs.Weights(At(other)));
    }
}
