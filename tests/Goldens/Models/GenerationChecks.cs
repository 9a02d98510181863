using System.Text.Json;
using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using TorchSharp;
using static TorchSharp.torch;

// B rows, V vocabulary.
namespace MoDoMoDo.Goldens.Models;

/// <summary>Greedy decoding with a cache: tokens, the logits of each step, a repetition penalty, rows that end early.</summary>
internal static class GenerationChecks
{
    private const double LogitTolerance = 5e-4;

    public static void Run(Recording recording, string folder, Tally tally)
    {
        using var scope = NewDisposeScope();
        using var policy = Policy.Load(recording.At(folder));
        var about = recording.Json($"{folder}/generation.json");
        var expected = recording.Tensors($"{folder}/generation.safetensors");
        foreach (var prompt in about.GetProperty("prompts").EnumerateObject())
        {
            var batch = ModelCase.Named(recording, folder, prompt.Name).Batch;
            var run = new Decoding(policy, batch, about.Integer("steps"));
            Greedy(run, prompt.Name, expected, tally);
            Penalised(run, prompt.Name, about.Number("repetition_penalty"), expected, tally);
            if (prompt.Value.TryGetProperty("eos_of_stopped_run", out var end))
                Stopped(run, prompt.Name, end.GetInt32(), about.Integer("pad"), expected, tally);
        }
    }

    private static void Greedy(Decoding run, string prompt, TensorFile expected, Tally tally)
    {
        var (ids, values) = (expected[$"{prompt}.top_ids"], expected[$"{prompt}.top_values"]); // [B, steps, 8]
        var whole = expected.Has($"{prompt}.logits") ? expected[$"{prompt}.logits"] : null; // [B, steps, V]
        var found = run.Greedy(
            new SamplingOptions { Greedy = true },
            [],
            (step, logits) =>
            {
                var top = logits.gather(1, ids.select(1, step));
                tally.Of("generation: step logits", LogitTolerance).Add(values.select(1, step), top);
                if (whole is not null)
                    tally.Of("generation: step logits", LogitTolerance).Add(whole.select(1, step), logits);
            }
        );
        tally
            .Of("generation: tokens", 0)
            .AddEach(expected[$"{prompt}.tokens"].ToIntegers(), found.SelectMany(c => c.Ids));
    }

    private static void Penalised(Decoding run, string prompt, double penalty, TensorFile expected, Tally tally)
    {
        var (wanted, margins) = (expected[$"{prompt}.penalty_tokens"], expected[$"{prompt}.penalty_margin"]); // [B, steps]
        var seen = run.Seen(); // [B, V], of the prompt and of what was drawn
        var found = run.Greedy(
            new SamplingOptions { Greedy = true, RepetitionPenalty = penalty },
            [],
            (step, logits) =>
            {
                var scores = TokenSampler.Penalise(run.Allowed(logits), seen, penalty);
                var (largest, _) = scores.topk(2, 1);
                tally
                    .Of("generation: penalty_margin", LogitTolerance)
                    .Add(margins.select(1, step), largest.select(1, 0) - largest.select(1, 1));
                Mark(seen, wanted.select(1, step).unsqueeze(1));
            }
        );
        tally.Of("generation: penalty_tokens", 0).AddEach(wanted.ToIntegers(), found.SelectMany(c => c.Ids));
    }

    private static Tensor Mark(Tensor seen, Tensor ids) => seen.scatter_(1, ids, ones_like(ids, ScalarType.Bool));

    private static void Stopped(Decoding run, string prompt, int end, int pad, TensorFile expected, Tally tally)
    {
        var wanted = expected[$"{prompt}.stopped_tokens"]; // [B, steps]
        var found = run.Greedy(new SamplingOptions { Greedy = true }, [end], null);
        tally
            .Of("generation: stopped_tokens", 0)
            .AddEach(wanted.ToIntegers(), CompletionsOf(found, (int)wanted.shape[1], pad).SelectMany(row => row));
        tally
            .Of("generation: rows that stopped", 0)
            .AddEach(
                wanted.ToIntegers().Chunk((int)wanted.shape[1]).Select(row => row.Contains(end) ? 1 : 0),
                found.Select(completion => completion.End == CompletionEnd.Stopped ? 1 : 0)
            );
    }

    private static IEnumerable<int[]> CompletionsOf(Completion[] found, int steps, int pad) =>
        found.Select(c => c.Ids.Concat(Enumerable.Repeat(pad, steps - c.Ids.Length)).ToArray());

    /// <summary>A batch of prompts to decode greedily from.</summary>
    private sealed class Decoding(Policy policy, TokenBatch batch, int steps)
    {
        public Completion[] Greedy(SamplingOptions sampling, int[] end, Action<int, Tensor>? trace)
        {
            var step = 0;
            var options = new GenerationOptions
            {
                MaxNewTokens = steps,
                Sampling = sampling,
                EndTokens = end,
            };
            var found = policy.Generate(
                Prompts(),
                1,
                options,
                trace: logits =>
                {
                    using var scope = NewDisposeScope();
                    trace?.Invoke(step++, logits);
                }
            );
            return [.. found.SelectMany(group => group)];
        }

        /// <summary>True for ids that occur in a row of the prompt, padding included, [B, V].</summary>
        public Tensor Seen()
        {
            var ids = tensor(Array.ConvertAll(batch.Ids, id => (long)id), batch.Rows, batch.Columns);
            return Mark(zeros(batch.Rows, policy.Config.Decoder.VocabularySize, dtype: ScalarType.Bool), ids);
        }

        /// <summary>Logits without the control tokens.</summary>
        public Tensor Allowed(Tensor logits)
        {
            var control = tensor(policy.Config.ControlTokens.Select(id => (long)id).ToArray());
            return logits.index_fill(1, control, double.NegativeInfinity);
        }

        private EncodedPrompt[] Prompts()
        {
            var images = new Queue<EncodedImage>(batch.Images);
            return [.. Enumerable.Range(0, batch.Rows).Select(row => Prompt(row, images))];
        }

        private EncodedPrompt Prompt(int row, Queue<EncodedImage> images)
        {
            var (first, count) = batch.RealTokens(row);
            var ids = batch.Ids.AsSpan(row * batch.Columns + first, count).ToArray();
            var image = policy.Config.ImageToken;
            var runs = ids.Where((id, i) => id == image && (i == 0 || ids[i - 1] != image)).Count();
            return new EncodedPrompt(ids, [.. Enumerable.Range(0, runs).Select(_ => images.Dequeue())]);
        }
    }
}
