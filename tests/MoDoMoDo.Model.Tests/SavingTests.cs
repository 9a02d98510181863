using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

/// <summary>Checkpoints in several files, whole or not at all.</summary>
public sealed class SavingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("saving-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string At(string name) => Path.Combine(folder, name);

    private static bool Same(Policy a, Policy b) =>
        a.NamedParameters.Zip(b.NamedParameters).All(p => p.First.Value.equal(p.Second.Value).all().item<bool>());

    [Fact]
    public void Shards_AreNoLargerThanAsked_AndReadBackBitForBit()
    {
        const long limit = 300_000;
        using var policy = SmallPolicy.Create();
        policy.Save(At("model"), limit);
        var files = Directory.GetFiles(At("model"), "model-*.safetensors").Select(Path.GetFileName).Order().ToArray();
        Assert.True(files.Length > 3);
        Assert.False(File.Exists(At("model/model.safetensors")));
        var index = JsonNode.Parse(File.ReadAllText(At("model/model.safetensors.index.json")))!;
        var map = index["weight_map"]!.AsObject().ToDictionary(m => m.Key, m => (string)m.Value!);
        Assert.Equal(policy.NamedParameters.Count, map.Count);
        Assert.DoesNotContain("lm_head.weight", map.Keys);
        Assert.Equal(files, map.Values.Distinct().Order());
        var total = 0L;
        foreach (var file in files)
        {
            using var reader = new SafeTensorsReader(At("model/" + file));
            var bytes = reader.Entries.Sum(e => e.Length);
            Assert.True(bytes <= limit || reader.Entries.Count == 1);
            Assert.All(reader.Entries, e => Assert.Equal(file, map[e.Name]));
            total += bytes;
        }
        Assert.Equal(total, (long)index["metadata"]!["total_size"]!);
        using var loaded = Policy.Load(At("model"));
        Assert.True(Same(policy, loaded));
    }

    [Fact]
    public void SavedOver_LeavesNoFileOfTheOldOne()
    {
        using var policy = SmallPolicy.Create();
        policy.Save(At("model"), 300_000);
        using var other = SmallPolicy.Create(seed: 2);
        other.Save(At("model"));
        Assert.Single(Directory.GetFiles(At("model"), "*.safetensors*"));
        using var loaded = Policy.Load(At("model"));
        Assert.True(Same(other, loaded));
    }

    [Fact]
    public void CheckpointThatDoesNotFit_IsRefusedBeforeTheOldOneIsTouched()
    {
        using var policy = SmallPolicy.Create();
        policy.Save(At("model"));
        var before = File.GetLastWriteTimeUtc(At("model/model.safetensors"));
        var error = Assert.Throws<WorkException>(() =>
            AtomicFolder.Write(
                At("model"),
                _ => Assert.Fail("nothing may be written"),
                policy.SavedBytes,
                _ => policy.SavedBytes - 1
            )
        );
        Assert.Contains("room on the disk", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.GetLastWriteTimeUtc(At("model/model.safetensors")));
        Assert.Equal(["model"], Directory.GetFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void WritingThatFails_LeavesTheOldCheckpointWhole()
    {
        using var policy = SmallPolicy.Create();
        policy.Save(At("model"));
        Assert.Throws<IOException>(() =>
            AtomicFolder.Write(
                At("model"),
                path =>
                {
                    policy.Write(path);
                    throw new IOException("cut");
                }
            )
        );
        using var loaded = Policy.Load(At("model"));
        Assert.True(Same(policy, loaded));
    }

    [Fact]
    public void FolderOfOtherFiles_IsNotReplaced()
    {
        File.WriteAllText(At("thesis.txt"), "mine");
        using var policy = SmallPolicy.Create();
        Assert.Throws<InputException>(() => policy.Save(folder));
        Assert.True(File.Exists(At("thesis.txt")));
    }

    [Fact]
    public void WeightsOf16Bits_AreSavedAsSuch()
    {
        var bf16 = ComputeDevice.Cpu.With(ScalarType.BFloat16);
        using var policy = SmallPolicy.Create();
        policy.Save(At("wide"));
        using var narrow = Policy.Load(At("wide"), bf16);
        narrow.Save(At("narrow"));
        Assert.Equal("bfloat16", (string)JsonNode.Parse(File.ReadAllText(At("narrow/config.json")))!["dtype"]!);
        using var reader = new SafeTensorsReader(At("narrow/model.safetensors"));
        Assert.All(reader.Entries, entry => Assert.Equal(ScalarType.BFloat16, entry.Dtype));
        using var again = Policy.Load(At("narrow"), bf16);
        Assert.True(Same(narrow, again));
    }
}
