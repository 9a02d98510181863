using System.Text.Json;
using MoDoMoDo.Data;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Goldens.Processors;

/// <summary>processors/images/hostile: files that must be refused in one line, or that may give the pixels that the reference tolerates.</summary>
internal static class HostileChecks
{
    public static void Run(Recording recording, Tally tally)
    {
        foreach (var golden in recording.Json("processors/images/hostile.json").GetProperty("files").EnumerateArray())
        {
            var file = golden.Text("file");
            var path = ProcessorFiles.Locate(recording, file);
            tally.Same(
                "hostile files: length",
                file,
                golden.GetProperty("bytes").GetInt64(),
                new FileInfo(path).Length
            );
            var outcome = Outcome(path, golden);
            if (golden.Text("outcome") == "error")
                tally.Same("hostile files: refused in one line", file, "refused", outcome);
            else
                tally.Same("hostile files: recorded pixels or refused", file, true, outcome is "refused" or "recorded");
        }
    }

    private static string Outcome(string path, JsonElement golden)
    {
        try
        {
            var image = ImageDecoding.Decode(File.ReadAllBytes(path), new ImageDecodingOptions(), path);
            var recorded =
                golden.Text("outcome") == "decoded"
                && golden.GetProperty("size_hw").Integers().SequenceEqual([image.Height, image.Width])
                && (golden.Text("rgb_sha256") == ProcessorFiles.Hash(image.Pixels) || HasProbes(golden, image));
            return recorded ? "recorded" : "other pixels";
        }
        catch (InputException error)
        {
            return error.Message.Contains('\n', StringComparison.Ordinal) ? "refused in several lines" : "refused";
        }
    }

    /// <summary>
    /// The probes alone: damaged JPEG data lead beyond the range of the inverse transform, where builds of libjpeg-turbo with
    /// and without vector instructions part (on whole files they are equal).
    /// </summary>
    private static bool HasProbes(JsonElement golden, RgbImage image) =>
        golden
            .GetProperty("probes_xyrgb")
            .Rows()
            .All(probe =>
                image
                    .Pixels.AsSpan(3 * (probe[1] * image.Width + probe[0]), 3)
                    .SequenceEqual([(byte)probe[2], (byte)probe[3], (byte)probe[4]])
            );
}
