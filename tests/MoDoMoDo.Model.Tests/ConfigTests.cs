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

    [Fact]
    public void WrittenAndRead_IsTheSameConfig()
    {
        var json = Json().ToJsonString();
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
    [InlineData("vision_config.hidden_size", "64")]
    [InlineData("vision_config.num_heads", "5")]
    public void ImpossibleValues_AreNamed(string path, string value)
    {
        var json = Json();
        var parts = path.Split('.');
        var parent = parts[..^1].Aggregate(json, (at, key) => at[key]!.AsObject());
        parent[parts[^1]] = JsonNode.Parse(value);
        var error = Assert.Throws<InputException>(() => PolicyConfig.Parse(json, "config.json"));
        Assert.StartsWith("config.json: ", error.Message, StringComparison.Ordinal);
    }
}
