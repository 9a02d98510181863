using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using Xunit;

namespace MoDoMoDo.Training.Tests;

public sealed class StepBenchmarkTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    private void Write(Action<JsonObject> change)
    {
        var json = new JsonObject
        {
            ["config"] = Toy.Config.ToJson("float32"),
            ["prompts"] = 2,
            ["generations"] = 3,
            ["prompt_text_tokens"] = 4,
            ["grid"] = new JsonArray(1, 8, 8),
            ["new_tokens"] = 5,
            ["dtype"] = "float32",
        };
        change(json);
        File.WriteAllText(file, json.ToJsonString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Step_HasEveryStageAndEveryToken(bool pictured)
    {
        Write(json =>
        {
            if (!pictured)
                json["grid"] = null;
        });
        var workload = Workload.Read(file);
        var result = StepBenchmark.Run(workload, 2);
        Assert.Equal(["grading", "prompts", "rollout", "update"], result.Stages.Keys.Order());
        Assert.Equal(2 * 3 * 5, workload.SampledTokens);
        Assert.Equal(30 / result.SecondsMin, result.TokensPerSecond, 6);
        Assert.True(result.SecondsMin <= result.SecondsMedian);
        Assert.True(StepBenchmark.Decode(workload, 1).PeakMib > 50);
    }

    [Fact]
    public void Prompts_HaveTheTokensThatTheWorkloadSays()
    {
        Write(_ => { });
        var workload = Workload.Read(file);
        using var policy = workload.CreatePolicy("cpu");
        var prompts = workload.Draw(policy, 0);
        // 16 image tokens of 64 patches, vision start and end, four words.
        Assert.All(prompts, prompt => Assert.Equal(16 + 2 + 4, prompt.Ids.Length));
        Assert.NotEqual(prompts[0].Ids, workload.Draw(policy, 1)[0].Ids);
    }

    [Theory]
    [InlineData("prompts")]
    [InlineData("new_tokens")]
    [InlineData("config")]
    [InlineData("dtype")]
    public void MissingField_IsNamed(string field)
    {
        Write(json => json.Remove(field));
        Assert.Equal(field, Assert.Throws<InputException>(() => Workload.Read(file)).Field);
    }
}
