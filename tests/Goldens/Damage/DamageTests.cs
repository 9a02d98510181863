using Xunit;

namespace MoDoMoDo.Goldens.Damage;

/// <summary>A short run of what `build.fsx damage` does ten thousand times.</summary>
public sealed class DamageTests
{
    /// <summary>Each damaged file is refused in one line, or read.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void DamagedFiles_AreRefusedInOneLineOrRead(int kind)
    {
        var kinds = DamageRun.Kinds();
        try
        {
            var report = DamageRun.Run(kinds[kind], 400);
            Assert.Empty(report.Crashes);
            Assert.True(report.Refused > 100, $"{report.Refused} refused");
            Assert.True(report.Loaded > 5, $"{report.Loaded} read");
            Assert.InRange(report.LargestMiB, 0, 1024);
        }
        finally
        {
            foreach (var one in kinds)
                one.Dispose();
        }
    }
}
