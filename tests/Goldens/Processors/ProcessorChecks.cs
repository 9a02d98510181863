using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoDoMoDo.Data;
using MoDoMoDo.Model;

namespace MoDoMoDo.Goldens.Processors;

/// <summary>processors/processor: from conversations and image files to the batch that a model reads.</summary>
internal static class ProcessorChecks
{
    public static void Run(Recording recording, Tally tally)
    {
        var tokenizer = TokenizerChecks.Load(recording);
        var about = recording.Json("processors/processor/cases.json");
        var cases = about.GetProperty("cases").EnumerateArray().ToArray();
        tally.Same("number of cases", "count", about.Integer("count"), cases.Length);
        foreach (var golden in cases)
            Case(recording, tokenizer, golden, tally);
        foreach (var golden in about.GetProperty("refusals").EnumerateArray())
            Refusal(new PromptEncoder(tokenizer, new ImageProcessor()), golden, tally);
    }

    private static void Case(Recording recording, Tokenizer tokenizer, JsonElement golden, Tally tally)
    {
        var name = golden.Text("name");
        var processor = new ImageProcessor
        {
            MinPixels = golden.Integer("min_pixels"),
            MaxPixels = golden.Integer("max_pixels"),
        };
        var encoder = new PromptEncoder(tokenizer, processor);
        // Images are taken in order over the whole batch, whatever row lists them.
        var images = new Queue<EncodedImage>(
            golden
                .GetProperty("images")
                .EnumerateArray()
                .SelectMany(row => row.EnumerateArray())
                .Select(file => Encoded(recording, processor, file.GetString()!))
        );
        var rows = golden
            .GetProperty("messages")
            .EnumerateArray()
            .Select(messages =>
                Row(encoder, messages, golden.GetProperty("add_generation_prompt").GetBoolean(), images)
            )
            .ToArray();
        var pad = tokenizer.IdOf("<|endoftext|>");
        var batch =
            golden.Text("padding_side") == "left"
                ? TokenBatch.LeftPadded(rows, pad)
                : TokenBatch.RightPadded(rows, pad);
        foreach (var key in golden.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!))
            Compare(golden, name, key, batch, encoder, tally);
        tally.Same("pixel_values without images", name, golden.Has("pixel_values_sha256"), batch.Images.Count > 0);
    }

    private static EncodedImage Encoded(Recording recording, ImageProcessor processor, string file) =>
        processor.Process(
            ImageDecoding.Decode(File.ReadAllBytes(ProcessorFiles.Locate(recording, file)), new ImageDecodingOptions())
        );

    /// <summary>As the reference reads it: the rendered text, with special tokens wherever they stand.</summary>
    private static EncodedPrompt Row(
        PromptEncoder encoder,
        JsonElement messages,
        bool generation,
        Queue<EncodedImage> images
    )
    {
        var text = string.Concat(ChatTemplate.Render(ChatChecks.Messages(messages), generation).Select(p => p.Text));
        var ids = encoder.Tokenizer.Encode(text);
        EncodedImage[] own = [.. ids.Where(id => id == encoder.ImageToken).Select(_ => images.Dequeue())];
        return new EncodedPrompt(encoder.Expand(ids, own), own);
    }

    private static void Compare(
        JsonElement golden,
        string name,
        string key,
        TokenBatch batch,
        PromptEncoder encoder,
        Tally tally
    )
    {
        int[] Recorded() => [.. golden.GetProperty(key).Rows().SelectMany(row => row)];
        switch (key)
        {
            case "input_ids":
                tally.SameIds(key, name, Recorded(), batch.Ids);
                break;
            case "attention_mask":
                tally.SameIds(key, name, Recorded(), [.. batch.Mask.Select(real => real ? 1 : 0)]);
                break;
            case "mm_token_type_ids":
                int[] types = [.. batch.Ids.Select(id => id == encoder.ImageToken ? 1 : 0)];
                tally.SameIds(key, name, Recorded(), types);
                break;
            case "image_grid_thw":
                int[] grids = [.. batch.Images.SelectMany(image => new[] { image.T, image.H, image.W })];
                tally.SameIds(key, name, Recorded(), grids);
                break;
            case "pixel_values":
                PixelValues(golden, name, batch, tally);
                break;
            default:
                tally.Fail($"{name}: {key}: nothing compares it");
                break;
        }
    }

    private static void PixelValues(JsonElement golden, string name, TokenBatch batch, Tally tally)
    {
        float[] all = [.. batch.Images.SelectMany(image => image.Patches)];
        var patches = batch.Images.Sum(image => image.Grid.Patches);
        int[] shape = [patches, all.Length / patches];
        tally.SameIds("pixel_values: shape", name, golden.GetProperty("pixel_values_shape").Integers(), shape);
        var hash = ProcessorFiles.Hash(MemoryMarshal.AsBytes(all.AsSpan()));
        tally.Same("pixel_values (sha256)", name, golden.Text("pixel_values_sha256"), hash);
        tally
            .Of("pixel_values: sum (relative)", 5e-7)
            .Add(golden.Number("pixel_values_sum"), all.Sum(v => (double)v), all.Sum(v => Math.Abs((double)v)));
    }

    /// <summary>Refusals are recorded by their message alone, which counts placeholders and images.</summary>
    private static void Refusal(PromptEncoder encoder, JsonElement golden, Tally tally)
    {
        var name = golden.Text("name");
        var error = golden.Text("outcome") == "error";
        var message = error ? golden.Text("message") : golden.Text("outcome");
        var counts = Regex.Matches(message, "[0-9]+").Select(m => int.Parse(m.Value, null)).ToArray();
        var (placeholders, images, tokens) = counts switch
        {
            [var p, var i] => (p, i, -1),
            [var p] when error => (p, 0, -1),
            // One picture of so many tokens, its placeholder bare behind one other token.
            [var t] => (1, 1, t),
            _ => throw new InvalidDataException($"{name}: wanted one or two counts in '{message}'"),
        };
        int[] ids = [.. Enumerable.Repeat(encoder.ImageToken, placeholders)];
        if (tokens > 0)
            ids = [.. ids, .. encoder.Tokenizer.Encode("x")];
        var cells = Math.Max(1, tokens - 1);
        var picture = new EncodedImage([], 1, encoder.Images.MergeSize, encoder.Images.MergeSize * cells);
        string outcome;
        try
        {
            outcome = $"{encoder.Expand(ids, [.. Enumerable.Repeat(picture, images)]).Length} tokens";
        }
        catch (ArgumentException)
        {
            outcome = "refused";
        }
        tally.Same("refusals", name, error ? "refused" : $"{tokens} tokens", outcome);
    }
}
