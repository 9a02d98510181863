using MoDoMoDo.Domain;
using MoDoMoDo.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Goldens.Damage;

/// <summary>A small checkpoint, one file of which is replaced by a damaged copy before each load.</summary>
internal sealed class DamagedCheckpoint : IDamaged
{
    private const string Weights = "model.safetensors";
    private static readonly string[] Settings = ["config.json", "generation_config.json", "preprocessor_config.json"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("modomodo-damage");
    private readonly bool _headers;
    private readonly Dictionary<string, byte[]> _whole;

    /// <summary>Damages the weights' file, or the settings beside it.</summary>
    public DamagedCheckpoint(bool headers)
    {
        _headers = headers;
        var tokenizer = Tokenizer.OfWords([" red", " blue"]);
        var small = PolicyConfig.Small(tokenizer);
        var tiny = small with
        {
            Family = PolicyFamily.Qwen25VL,
            Decoder = small.Decoder with
            {
                HiddenSize = 24,
                Layers = 1,
                IntermediateSize = 16,
                RotarySections = [1, 1, 1],
            },
            Tower = small.Tower! with
            {
                Width = 8,
                MlpWidth = 8,
                OutWidth = 24,
                Gated = true,
                WindowSize = 32,
                FullAttentionBlocks = [0],
            },
        };
        using (var policy = Policy.Create(tiny, tokenizer: null, seed: 1, ImageProcessor.Small))
            policy.Save(_folder.FullName);
        Load(_folder.FullName); // undamaged, it is read
        _whole = _folder.GetFiles().ToDictionary(file => file.Name, file => File.ReadAllBytes(file.FullName));
    }

    public string Name => _headers ? "safetensors" : "settings";

    public Outcome Try(RandomStream random)
    {
        var name = _headers ? Weights : random.Pick(Settings);
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, _headers ? Header(_whole[name], random) : Mutation.Json(_whole[name], random));
        try
        {
            Load(_folder.FullName);
            return Outcome.Loaded;
        }
        catch (InputException error) when (!error.Message.Contains('\n', StringComparison.Ordinal))
        {
            return Outcome.Refused;
        }
        finally
        {
            File.WriteAllBytes(path, _whole[name]);
        }
    }

    /// <summary>What loads must also run: text, and an image where the settings still describe one.</summary>
    private static void Load(string folder)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        using var policy = Policy.Load(folder);
        var pixels = RgbImage.Create(30, 20, new byte[3 * 30 * 20]);
        int[] words = [.. Enumerable.Range(1, 4).Where(id => id != policy.Config.ImageToken).Take(3)];
        var text = new EncodedPrompt(words, []);
        policy.Forward(TokenBatch.LeftPadded([text], 0));
        if (policy.Config.Tower is not { } tower || tower.PatchLength != policy.Images.PatchLength)
            return;
        EncodedImage[] images = [Patches(policy.Images, pixels)];
        if (policy.Images.MergeSize == tower.MergeSize)
        {
            var ids = policy.Expand([words[0], policy.Config.ImageToken, words[1]], images);
            policy.Forward(TokenBatch.LeftPadded([text, new EncodedPrompt(ids, images)], 0));
        }
    }

    /// <summary>The patches, or the refusal with which a user sees bounds on the area that no image can meet.</summary>
    private static EncodedImage Patches(ImageProcessor processor, RgbImage pixels)
    {
        try
        {
            return processor.Process(pixels);
        }
        catch (ArgumentException error)
        {
            throw new InputException("image", "size", "an image that the processor can resize", error.Message);
        }
    }

    /// <summary>Damage to the JSON of a header, with the length before it true or not; or to any bytes of the file.</summary>
    private static byte[] Header(byte[] file, RandomStream random)
    {
        if (random.NextBool(0.3))
            return Mutation.Bytes(file, random);
        var end = 8 + (int)BitConverter.ToInt64(file);
        var header = Mutation.Json(file[8..end], random);
        var length = random.NextBool(0.9) ? header.Length : header.Length + random.NextInt(-9, 9);
        return [.. BitConverter.GetBytes((long)length), .. header, .. file.AsSpan(end)];
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
