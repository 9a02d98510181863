using System.Text.Json.Nodes;
using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

public sealed partial class Policy
{
    /// <summary>
    /// The policy in a folder in Hugging Face layout: config.json and model.safetensors or its shards. Raises InputException
    /// when a file is missing or corrupt, or when tensors are missing, surplus or of another shape.
    /// </summary>
    public static Policy Load(string folder, ComputeDevice? device = null)
    {
        var config = PolicyConfig.Read(folder);
        var where = device ?? ComputeDevice.Cpu;
        using var checkpoint = new Checkpoint(folder, config.Family);
        checkpoint.Check(ParameterList.Of(config), config.TiedEmbeddings);
        return new Policy(config, where, spec => checkpoint.Read(spec.Name, where.Dtype).to(where.Device));
    }

    /// <summary>
    /// A new policy: biases 0, norms 1, matrices uniform within 1 / sqrt(fan in), embedding normal with deviation
    /// 1 / sqrt(H), products into the residual stream scaled by 1 / sqrt(2 layers). The same seed gives the same weights.
    /// </summary>
    public static Policy Create(PolicyConfig config, ulong seed, ComputeDevice? device = null)
    {
        var where = device ?? ComputeDevice.Cpu;
        return new Policy(config, where, spec => Parameters.Draw(spec, seed).to(where.Dtype).to(where.Device));
    }

    /// <summary>
    /// Writes config.json and model.safetensors so that transformers loads them without a missing key. Each file appears
    /// whole or not at all.
    /// </summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        JsonFile.Write(Path.Combine(folder, "config.json"), Config.ToJson(DtypeName(Device.Dtype)));
        SafeTensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"),
            [.. NamedParameters.Select(p => KeyValuePair.Create(NameMap.ToDisk(p.Key, Config.Family), (Tensor)p.Value))]
        );
    }

    private static string DtypeName(ScalarType type) =>
        type switch
        {
            ScalarType.BFloat16 => "bfloat16",
            ScalarType.Float64 => "float64",
            _ => "float32",
        };
}
