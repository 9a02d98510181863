using System.Globalization;
using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// Runs a policy on recorded inputs and gives what lies between them and the logits, under the names of
/// goldens/models/README, so that another implementation can be compared on anyone's own inputs. Places that are padding are 0.
/// Legend: B rows, L columns, P patches, H hidden size, V vocabulary.
/// </summary>
public static class RecordedForward
{
    private const string Layer = "hidden_layer_";

    private static readonly string[] Fixed =
    [
        "position_ids",
        "rope_deltas",
        "mm_token_type_ids",
        "vision_last_hidden",
        "image_features",
        "inputs_embeds",
        "hidden_final",
        "logits",
        "logps",
        "logps_t07",
        "entropies",
    ];

    /// <summary>Every name that a policy of this config has an output for, the layers in order.</summary>
    public static IReadOnlyList<string> Names(PolicyConfig config) =>
        [.. Fixed.Where(name => config.Tower is not null || !IsVision(name)), .. Layers(config)];

    /// <summary>
    /// The tensors of these names, owned by the caller. Raises InputException for a name that this policy or this batch has
    /// no output for.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> Run(
        Policy policy,
        TokenBatch batch,
        IReadOnlyList<string> wanted
    )
    {
        Check(policy.Config, batch, wanted);
        using var still = no_grad();
        using var scope = NewDisposeScope();
        var results = Positions(policy.Config, batch);
        var real = tensor(batch.Mask, batch.Rows, batch.Columns); // [B, L]
        var logits = policy.Forward(
            batch,
            trace: (name, value) =>
            {
                if (wanted.Contains(name))
                    results[name] = (IsVision(name) ? value.clone() : Masked(value, real)).DetachFromDisposeScope();
            }
        ); // [B, L, V]
        if (wanted.Contains("logits"))
            results["logits"] = Masked(logits, real);
        if (wanted.Any(name => name is "logps" or "logps_t07" or "entropies"))
            AddDistributions(results, logits, batch, real);
        return [.. wanted.Select(name => KeyValuePair.Create(name, results[name].cpu().MoveToOuterDisposeScope()))];
    }

    /// <summary>Writes what Run gives into a safetensors file, whole or not at all. Raises InputException as Run does.</summary>
    public static void Write(Policy policy, TokenBatch batch, IReadOnlyList<string> wanted, string file)
    {
        using var scope = NewDisposeScope();
        var results = Run(policy, batch, wanted);
        AtomicFile.CreateFolderOf(file);
        SafeTensorsWriter.Write(file, results);
    }

    private static void Check(PolicyConfig config, TokenBatch batch, IReadOnlyList<string> wanted)
    {
        var known = Names(config);
        foreach (var name in wanted)
            if (!known.Contains(name))
                throw new InputException(
                    "--what",
                    "",
                    $"names among {string.Join(", ", known.Except(Layers(config)))}, {Layer}0 .. {config.Decoder.Layers - 1}",
                    $"'{name}'"
                );
            else if (batch.Images.Count == 0 && name is "vision_last_hidden" or "image_features")
                throw new InputException("--what", name, "inputs with images", "inputs without");
    }

    private static IEnumerable<string> Layers(PolicyConfig config) =>
        Enumerable
            .Range(0, config.Decoder.Layers)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{Layer}{i}"));

    private static bool IsVision(string name) =>
        name is "vision_last_hidden" or "image_features" or "rope_deltas" or "mm_token_type_ids";

    private static Dictionary<string, Tensor> Positions(PolicyConfig config, TokenBatch batch)
    {
        var positions = batch.Positions(config);
        long[] shape = [batch.Rows, batch.Columns];
        Tensor Whole(int[] values, params long[] sides) => tensor(Array.ConvertAll(values, v => (long)v)).view(sides);
        return new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["position_ids"] = config.Tower is null
                ? Whole(positions.Temporal, shape)
                : Whole([.. positions.Temporal, .. positions.Height, .. positions.Width], 3, shape[0], shape[1]),
            ["rope_deltas"] = Whole(positions.Deltas, batch.Rows, 1),
            ["mm_token_type_ids"] = Whole(
                Array.ConvertAll(
                    batch.Ids,
                    id =>
                        id < 0 ? 0
                        : id == config.ImageToken ? 1
                        : id == config.VideoToken ? 2
                        : 0
                ),
                shape
            ),
        };
    }

    /// <summary>Of column t the distribution of token t + 1, where both are real [B, L - 1].</summary>
    private static void AddDistributions(
        Dictionary<string, Tensor> results,
        Tensor logits,
        TokenBatch batch,
        Tensor real
    )
    {
        var last = batch.Columns - 1;
        var next = tensor(Array.ConvertAll(batch.Ids, id => (long)id), batch.Rows, batch.Columns).narrow(1, 1, last);
        var pairs = real.narrow(1, 0, last).logical_and(real.narrow(1, 1, last));
        var (logps, cool, entropies) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        for (var row = 0; row < batch.Rows; row++) // one row's distributions at a time
        {
            using var scope = NewDisposeScope();
            var wide = logits[row].narrow(0, 0, last).to(ScalarType.Float32); // [L - 1, V]
            var ids = next[row].unsqueeze(1).to(wide.device);
            var distribution = wide.log_softmax(-1);
            logps.Add(distribution.gather(1, ids).squeeze(1).MoveToOuterDisposeScope());
            entropies.Add((-(distribution.exp() * distribution).sum(-1)).MoveToOuterDisposeScope());
            cool.Add((wide / 0.7).log_softmax(-1).gather(1, ids).squeeze(1).MoveToOuterDisposeScope());
        }
        results["logps"] = Masked(stack(logps), pairs);
        results["logps_t07"] = Masked(stack(cool), pairs);
        results["entropies"] = Masked(stack(entropies), pairs);
    }

    /// <summary>A copy that is 0 wherever `real` [B, L] is false; x [B, L, ...].</summary>
    private static Tensor Masked(Tensor x, Tensor real)
    {
        var padding = real.to(x.device).logical_not();
        return x.masked_fill(x.dim() == 3 ? padding.unsqueeze(2) : padding, 0);
    }
}
