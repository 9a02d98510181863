using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using Xunit;

namespace MoDoMoDo.Model.Tests;

public class ConfigTests
{
    private static JsonObject Json() => PolicyConfig.Small(SmallPolicy.Tokenizer).ToJson("float32");

    /// <summary>The published form: text settings at top level, rope_scaling, spatial_patch_size.</summary>
    private static JsonObject Flat()
    {
        var json = Json();
        var text = json["text_config"]!.AsObject();
        json.Remove("text_config");
        var rope = text["rope_parameters"]!.AsObject();
        foreach (var (key, value) in text.Where(p => p.Key is not ("rope_parameters" or "model_type")))
            json[key] = value?.DeepClone();
        json["rope_theta"] = rope["rope_theta"]!.DeepClone();
        json["rope_scaling"] = new JsonObject
        {
            ["type"] = "mrope",
            ["mrope_section"] = rope["mrope_section"]!.DeepClone(),
        };
        var vision = json["vision_config"]!.AsObject();
        foreach (var (old, published) in new[] { ("patch_size", "spatial_patch_size"), ("in_channels", "in_chans") })
        {
            vision[published] = vision[old]!.DeepClone();
            vision.Remove(old);
        }
        return json;
    }

    [Theory]
    [InlineData(PolicyFamily.Qwen2VL)]
    [InlineData(PolicyFamily.Qwen25VL)]
    public void WrittenAndRead_IsTheSameConfig(PolicyFamily family)
    {
        var json = SmallPolicy.Config(family, [5, 7], tied: false).ToJson("float32").ToJsonString();
        Assert.Equal(json, PolicyConfig.Parse(JsonNode.Parse(json)!.AsObject(), "x").ToJson("float32").ToJsonString());
    }

    [Fact]
    public void TheFlatForm_IsTheSameConfig() =>
        Assert.Equal(Json().ToJsonString(), PolicyConfig.Parse(Flat(), "x").ToJson("float32").ToJsonString());

    [Theory]
    [InlineData("model_type", "\"llama\"")]
    [InlineData("image_token_id", "100000")]
    [InlineData("text_config.hidden_size", "97")]
    [InlineData("text_config.hidden_size", "\"96\"")]
    [InlineData("text_config.num_key_value_heads", "3")]
    [InlineData("text_config.num_hidden_layers", "0")]
    [InlineData("text_config.rope_parameters.mrope_section", "[4, 4, 5]")]
    [InlineData("text_config.rope_parameters.rope_type", "\"yarn\"")]
    [InlineData("text_config.head_dim", "25")]
    [InlineData("text_config.hidden_act", "\"gelu\"")]
    [InlineData("text_config.partial_rotary_factor", "0.5")]
    [InlineData("vision_config.hidden_size", "64")]
    [InlineData("vision_config.num_heads", "5")]
    [InlineData("text_config.use_sliding_window", "true")]
    [InlineData("text_config.layer_types", "[\"full_attention\", \"sliding_attention\"]")]
    [InlineData("tie_word_embeddings", "\"yes\"")]
    public void ImpossibleValues_AreNamed(string path, string value)
    {
        var json = Json();
        json["text_config"]!["max_window_layers"] = 2;
        var parts = path.Split('.');
        var parent = parts[..^1].Aggregate(json, (at, key) => at[key]!.AsObject());
        parent[parts[^1]] = JsonNode.Parse(value);
        var error = Assert.Throws<InputException>(() => PolicyConfig.Parse(json, "config.json"));
        Assert.StartsWith("config.json: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("window_size", "8")]
    [InlineData("fullatt_block_indexes", "7")]
    [InlineData("fullatt_block_indexes", "[\"7\"]")]
    [InlineData("hidden_act", "\"quick_gelu\"")]
    [InlineData("out_hidden_size", "64")]
    public void ImpossibleWindows_AreNamed(string key, string value)
    {
        var json = SmallPolicy.Config(PolicyFamily.Qwen25VL).ToJson("float32");
        json["vision_config"]![key] = JsonNode.Parse(value);
        var error = Assert.Throws<InputException>(() => PolicyConfig.Parse(json, "config.json"));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Some published files hold only what differs from the defaults of transformers' class.</summary>
    [Fact]
    public void WhatAFileLeavesOutOfTheTower_IsTheLibrarysDefault()
    {
        var json = SmallPolicy.Config(PolicyFamily.Qwen25VL).ToJson("float32");
        json["vision_config"] = new JsonObject
        {
            ["hidden_size"] = 1280,
            ["out_hidden_size"] = 96,
            ["in_chans"] = 3,
            ["tokens_per_second"] = 2.0,
        };
        var tower = PolicyConfig.Parse(json, "config.json").Tower!;
        Assert.Equal(
            (32, 16, 3420, 14, 2, 2),
            (tower.Depth, tower.Heads, tower.MlpWidth, tower.PatchSize, tower.MergeSize, tower.TemporalPatchSize)
        );
        Assert.Equal((112, 2.0), (tower.WindowSize, tower.TokensPerSecond));
        Assert.Equal([7, 15, 23, 31], tower.FullAttentionBlocks);
    }
}
