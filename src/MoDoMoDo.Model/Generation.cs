using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>What is generated, and from which random numbers.</summary>
public sealed record GenerationOptions
{
    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Most tokens of a completion, the end token included.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Ids that end a completion; null = those of the config, none = every completion has MaxNewTokens.</summary>
    public IReadOnlyList<int>? EndTokens { get; init; }

    /// <summary>Seed of the run; with Step, prompt number, row and position it decides every draw (Rng.TokenUniform).</summary>
    public ulong Seed { get; init; }

    /// <summary>Number of the optimiser step or evaluation.</summary>
    public int Step { get; init; }
}

public sealed partial class Policy
{
    /// <summary>
    /// `generations` completions of each prompt, [prompt][generation]. Each prompt has one prefill and one vision pass; its
    /// cache is expanded to the group; finished rows leave the batch. Control tokens are never drawn; log-probabilities are
    /// those of the full distribution at the sampling temperature. `promptNumbers` name the prompts to the random numbers
    /// (default: their places in the list), `features` are the image features of all prompts' images (default: computed),
    /// `onToken` sees (row, id) of each token as it is drawn, row = prompt * generations + generation; `trace` sees the raw
    /// logits of each step [live rows, V].
    /// </summary>
    public Completion[][] Generate(
        IReadOnlyList<EncodedPrompt> prompts,
        int generations,
        GenerationOptions options,
        IReadOnlyList<int>? promptNumbers = null,
        Tensor? features = null,
        Action<int, int>? onToken = null,
        Action<Tensor>? trace = null
    )
    {
        if (prompts.Count == 0 || options.MaxNewTokens < 1)
            throw new ArgumentException("wanted at least one prompt and one new token");
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var batch = new GenerationBatch(this, prompts, generations, options, features);
        int Number(int row) => promptNumbers is null ? row / generations : promptNumbers[row / generations];

        for (var position = 0; batch.Rows.Length > 0; position++)
        {
            var uniforms = Array.ConvertAll(
                batch.Rows,
                row => Rng.TokenUniform(options.Seed, options.Step, Number(row), row % generations, position)
            );
            batch.Draw(uniforms, trace, onToken);
            batch.DropFinished();
            if (batch.Rows.Length > 0)
                batch.Advance();
        }
        return [.. batch.Completions(tokenizer).Chunk(generations)];
    }

    /// <summary>The rows that are being completed. Owns the cache and the tensors that live from step to step.</summary>
    private sealed class GenerationBatch : IDisposable
    {
        private readonly Policy policy;
        private readonly GenerationOptions options;
        private readonly Decoder.Layer[] layers;
        private readonly Tensor control;
        private readonly IReadOnlyList<int> end;
        private readonly List<int>[] ids;
        private readonly List<float>[] logProbs;
        private readonly bool[] done;
        private readonly int[] next; // rotary position of the token to come, by row
        private KeyValueCache cache;
        private Tensor logits; // [live rows, V], of the token to come
        private Tensor? mask; // [live rows, 1, 1, room], null without padding
        private Tensor? seen; // [live rows, V], null without penalty

        internal GenerationBatch(
            Policy policy,
            IReadOnlyList<EncodedPrompt> prompts,
            int generations,
            GenerationOptions options,
            Tensor? features
        )
        {
            (this.policy, this.options) = (policy, options);
            layers = policy.decoder.Fuse(policy.Device);
            end = options.EndTokens ?? policy.Config.EndTokens;
            var masked = policy.Config.ControlTokens.Except(end).Select(id => (long)id).ToArray();
            control = policy.Device.Upload(masked, masked.Length);
            var rows = prompts.Count * generations;
            Rows = [.. Enumerable.Range(0, rows)];
            (ids, logProbs, done) = (
                [.. Rows.Select(_ => new List<int>())],
                [.. Rows.Select(_ => new List<float>())],
                new bool[rows]
            );

            using var scope = NewDisposeScope();
            var batch = TokenBatch.LeftPadded(prompts, policy.Config.PadToken);
            var positions = batch.RowPositions(policy.Config);
            next = [.. Rows.Select(row => positions.Next[row / generations])];
            var room = batch.Columns + options.MaxNewTokens;
            using var prompt = new KeyValueCache(policy.Config.Decoder, prompts.Count, batch.Columns, policy.Device);
            var ends = Enumerable.Range(1, batch.Rows).Select(row => (long)row * batch.Columns - 1).ToArray();
            var outputs = policy.Device.Upload(ends, ends.Length);
            var last = policy.Hidden(layers, batch, positions, features, prompt, outputs); // [P, H]
            logits = Repeat(Ops.Linear(last, policy.decoder.Head), generations);
            cache = prompt.Repeat(generations, room);
            if (batch.Mask.Contains(false))
                mask = Repeat(policy.PaddingMask(batch, room), generations);
            if (options.Sampling.RepetitionPenalty != 1)
                seen = Repeat(policy.Seen(batch), generations);
        }

        /// <summary>Numbers of the rows that are still in the batch.</summary>
        internal int[] Rows { get; private set; }

        /// <summary>Chooses the next token of each row and keeps it with its log-probability.</summary>
        internal void Draw(double[] uniforms, Action<Tensor>? trace, Action<int, int>? onToken)
        {
            using var scope = NewDisposeScope();
            trace?.Invoke(logits);
            var sampling = options.Sampling;
            var wide = logits.dtype == ScalarType.BFloat16 ? logits.to(ScalarType.Float32) : logits;
            var full = (sampling.Temperature == 1 ? wide : wide / sampling.Temperature).log_softmax(-1); // [N, V]
            var chosen = Choose(wide, full, sampling, uniforms);
            seen?.scatter_(1, chosen.unsqueeze(1), ones_like(chosen, dtype: ScalarType.Bool).unsqueeze(1));

            // One copy to the host for ids and log-probabilities together.
            var both = stack([
                chosen.to(ScalarType.Float64),
                full.gather(1, chosen.unsqueeze(1)).squeeze(1).to(ScalarType.Float64),
            ]);
            var host = both.cpu().data<double>().ToArray();
            for (var i = 0; i < Rows.Length; i++)
            {
                var (row, id) = (Rows[i], (int)host[i]);
                if (done[row])
                    continue;
                ids[row].Add(id);
                logProbs[row].Add((float)host[Rows.Length + i]);
                onToken?.Invoke(row, id);
                done[row] = ids[row].Count == options.MaxNewTokens || end.Contains(id);
            }
        }

        private Tensor Choose(Tensor wide, Tensor full, SamplingOptions sampling, double[] uniforms)
        {
            if (sampling is { Greedy: false, TopK: 0, TopP: 1, MinP: 0, RepetitionPenalty: 1 })
                return TokenSampler.Draw(full.exp().index_fill_(1, control, 0), uniforms);
            var allowed = wide.index_fill(1, control, double.NegativeInfinity);
            return sampling.Greedy
                ? TokenSampler.Penalise(allowed, seen, sampling.RepetitionPenalty).argmax(1)
                : TokenSampler.Draw(TokenSampler.Distribution(allowed, sampling, seen), uniforms);
        }

        /// <summary>Takes finished rows out once they are an eighth of the batch: copying the cache costs about one step.</summary>
        internal void DropFinished()
        {
            var live = Enumerable.Range(0, Rows.Length).Where(i => !done[Rows[i]]).ToArray();
            if (live.Length > 0 && Rows.Length - live.Length < Math.Max(1, Rows.Length / 8))
                return;
            Rows = Array.ConvertAll(live, i => Rows[i]);
            if (live.Length == 0)
                return;
            using var scope = NewDisposeScope();
            var kept = policy.Device.Upload(Array.ConvertAll(live, i => (long)i), live.Length);
            Replace(ref cache, cache.Select(kept));
            Replace(ref mask, mask?.index_select(0, kept));
            Replace(ref seen, seen?.index_select(0, kept));
        }

        /// <summary>Runs the decoder on the tokens just drawn.</summary>
        internal void Advance()
        {
            using var scope = NewDisposeScope();
            var rows = Rows.Length;
            var tokens = policy.Device.Upload(Array.ConvertAll(Rows, row => (long)ids[row][^1]), rows);
            var at = Array.ConvertAll(Rows, row => next[row] + ids[row].Count - 1);
            var rotation = policy.decoder.Rotary.For(at, at, at, [rows, 1], policy.Device);
            var embeddings = policy.decoder.Embedding.index_select(0, tokens).unsqueeze(1); // [N, 1, H]
            var visible = mask?.narrow(3, 0, cache.Length + 1);
            var hidden = policy.decoder.Forward(layers, embeddings, rotation, visible, cache);
            Replace(ref logits!, Ops.Linear(hidden.squeeze(1), policy.decoder.Head));
        }

        /// <summary>What was generated, by row.</summary>
        internal IEnumerable<Completion> Completions(Tokenizer? tokenizer) =>
            ids.Select(
                (row, i) =>
                    new Completion(
                        [.. row],
                        tokenizer?.Decode(row) ?? "",
                        [.. logProbs[i]],
                        end.Contains(row[^1]) ? CompletionEnd.Stopped : CompletionEnd.Length
                    )
            );

        /// <inheritdoc/>
        public void Dispose()
        {
            cache.Dispose();
            logits.Dispose();
            mask?.Dispose();
            seen?.Dispose();
        }

        private static Tensor Repeat(Tensor x, int times) => x.repeat_interleave(times, 0).DetachFromDisposeScope();

        private static void Replace(ref Tensor? field, Tensor? value)
        {
            field?.Dispose();
            field = value?.DetachFromDisposeScope();
        }

        private static void Replace(ref KeyValueCache field, KeyValueCache value)
        {
            field.Dispose();
            field = value;
        }
    }
}
