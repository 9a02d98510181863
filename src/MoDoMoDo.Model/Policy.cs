using MoDoMoDo.Domain;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoDoMoDo.Model;

/// <summary>
/// A vision-language policy of the Qwen2-VL family. Owns its parameters. Tensors that its methods return belong to the
/// caller (to the dispose scope that is open there). Not safe for use from several threads at once.
/// Legend: B rows, L columns, P patches, H hidden size, V vocabulary.
/// </summary>
public sealed partial class Policy : IDisposable
{
    private readonly Parameters parameters;
    private readonly Decoder decoder;
    private readonly VisionTower? tower;

    private readonly Tokenizer? tokenizer;

    private Policy(
        PolicyConfig config,
        Tokenizer? tokenizer,
        ImageProcessor? images,
        ComputeDevice device,
        Func<ParameterSpec, Tensor> read
    )
    {
        (Config, Device, this.tokenizer) = (config, device, tokenizer);
        Images = images ?? DefaultProcessor(config.Tower);
        parameters = new Parameters(ParameterList.Of(config), read);
        decoder = new Decoder(config, parameters);
        tower = config.Tower is { } t ? new VisionTower(t, parameters) : null;
    }

    /// <summary>The architecture.</summary>
    public PolicyConfig Config { get; }

    /// <summary>The tokenizer. Raises InputException when the policy's folder had none.</summary>
    public Tokenizer Tokenizer =>
        tokenizer
        ?? throw new InputException("", "tokenizer", "tokenizer.json or vocab.json beside the weights", "none");

    /// <summary>Makes patches of images.</summary>
    public ImageProcessor Images { get; }

    /// <summary>Where the weights are, and their type.</summary>
    public ComputeDevice Device { get; }

    /// <summary>All parameters under their Hugging Face module names, in the order of transformers. A tied head is not among them.</summary>
    public IReadOnlyList<KeyValuePair<string, Parameter>> NamedParameters => parameters.List;

    /// <summary>Makes exactly the parameters whose names satisfy the predicate trainable, and freezes the others; the adapter's too.</summary>
    public void Train(Func<string, bool> trained)
    {
        foreach (var (name, parameter) in parameters.List.Concat(Adapter?.NamedParameters ?? []))
            parameter.requires_grad = trained(name);
    }

    /// <summary>True for the parameters of the vision tower, the merger and adapters on it included.</summary>
    public static bool IsTower(string parameterName) =>
        LoraAdapter.BaseName(parameterName).StartsWith(ParameterList.TowerPrefix, StringComparison.Ordinal);

    /// <summary>
    /// Whether the reference trainer decays a parameter: not the weights of a torch LayerNorm, and no name that contains
    /// bias, layernorm or rmsnorm or has a part norm or ..._norm. So norm1, norm2 and ln_q of Qwen2.5's tower, which are
    /// RMS norms of its own class, do decay. transformers 5.23, Trainer.get_decay_parameter_names.
    /// </summary>
    public bool Decays(string parameterName)
    {
        var parts = parameterName.Split('.');
        bool Has(string word) => parameterName.Contains(word, StringComparison.OrdinalIgnoreCase);
        if (Has("bias") || Has("layernorm") || Has("rmsnorm"))
            return false;
        if (parts.Any(part => part == "norm" || part.EndsWith("_norm", StringComparison.Ordinal)))
            return false;
        var isLayerNorm = IsTower(parameterName) && parts.Any(part => part is "norm1" or "norm2" or "ln_q");
        return !isLayerNorm || Config.Family == PolicyFamily.Qwen25VL;
    }

    /// <summary>
    /// The prompt as ids and patches, as <see cref="PromptEncoder.Encode"/> reads it. Raises InputException when an image
    /// cannot be read or has an impossible shape, or when the policy reads no images.
    /// </summary>
    public EncodedPrompt Encode(Prompt prompt, IImageSource source) =>
        new PromptEncoder(Tokenizer, Images, Config.ImageToken).Encode(prompt, source);

    /// <summary>
    /// Ids in which every image placeholder is repeated once for each token of its image. Raises ArgumentException when
    /// placeholders and images are not equally many.
    /// </summary>
    public int[] Expand(int[] ids, IReadOnlyList<EncodedImage> images) =>
        PromptEncoder.Expand(ids, images, Config.ImageToken, Images.MergeSize);

    /// <summary>
    /// Features [cells, H] of the images, in the order of their tokens. They may be kept and given back to other methods as
    /// long as the tower does not change. Raises ArgumentException for a text model or patches of another size.
    /// </summary>
    public Tensor ImageFeatures(IReadOnlyList<EncodedImage> images, Action<string, Tensor>? trace = null)
    {
        if (tower is null)
            throw new ArgumentException("wanted a policy with a vision tower, found a text model");
        using var scope = NewDisposeScope();
        var grids = images.Select(i => i.Grid).ToList();
        var all = new float[images.Sum(i => i.Patches.Length)];
        var start = 0;
        foreach (var image in images)
        {
            image.Patches.CopyTo(all, start);
            start += image.Patches.Length;
        }
        var width = Config.Tower!.PatchLength;
        var patches = Device.Upload(all, all.Length / width, width).to(Device.Dtype); // [P, PatchLength]
        return tower.Forward(patches, grids, Device, trace).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Logits [B, L, V] of every token of a batch. `features` are those of the batch's images, computed here when null.
    /// `trace` sees the tensors in between under the names of goldens/models/README (vision_last_hidden, image_features,
    /// inputs_embeds, hidden_layer_i, hidden_final); it must copy what it wants to keep.
    /// </summary>
    public Tensor Forward(TokenBatch batch, Tensor? features = null, Action<string, Tensor>? trace = null)
    {
        using var scope = NewDisposeScope();
        var hidden = Hidden(decoder.Fuse(Device), batch, batch.Positions(Config), features, trace: trace);
        return functional.linear(hidden, decoder.Head).MoveToOuterDisposeScope();
    }

    /// <summary>The decoder's output for a batch: of all tokens [B, L, H], or of those at `outputs` [M, H].</summary>
    private Tensor Hidden(
        Decoder.Layer[] layers,
        TokenBatch batch,
        BatchPositions positions,
        Tensor? features,
        KeyValueCache? cache = null,
        Tensor? outputs = null,
        Action<string, Tensor>? trace = null
    )
    {
        long[] shape = [batch.Rows, batch.Columns];
        var rotation = decoder.Rotary.For(positions.Temporal, positions.Height, positions.Width, shape, Device);
        var embeddings = Embed(batch.Ids, batch.Images, features, trace).view(batch.Rows, batch.Columns, -1); // [B, L, H]
        trace?.Invoke("inputs_embeds", embeddings);
        return decoder.Forward(layers, embeddings, rotation, CausalMask(batch), cache, outputs, trace);
    }

    /// <summary>Embeddings [N, H] of tokens, those of image tokens replaced by the images' features.</summary>
    private Tensor Embed(
        int[] ids,
        IReadOnlyList<EncodedImage> images,
        Tensor? features,
        Action<string, Tensor>? trace = null
    )
    {
        var words = decoder.Embedding.index_select(0, Device.Upload(Array.ConvertAll(ids, id => (long)id), ids.Length));
        var places = ImagePlaces(ids);
        if (places.Length == 0)
            return words;
        if (features is null && images.Count == 0)
            throw new ArgumentException($"wanted images for {places.Length} image tokens, found none");
        features ??= ImageFeatures(images, trace);
        Shapes.Require(features, "image features", places.Length, Config.Decoder.HiddenSize);
        return words.index_copy(0, Device.Upload(places, places.Length), features);
    }

    private long[] ImagePlaces(int[] ids)
    {
        var places = new List<long>();
        for (var i = 0; Config.Tower is not null && i < ids.Length; i++)
            if (ids[i] == Config.ImageToken)
                places.Add(i);
        return [.. places];
    }

    /// <summary>0 where a token may look, -infinity elsewhere [B, 1, L, L]. Padding sees itself, so that no row is empty.</summary>
    private Tensor CausalMask(TokenBatch batch)
    {
        var (rows, length) = (batch.Rows, batch.Columns);
        var mask = new float[rows * length * length];
        for (var row = 0; row < rows; row++)
        for (var q = 0; q < length; q++)
        for (var k = 0; k < length; k++)
            if (k > q || (k < q && !batch.Mask[row * length + k]))
                mask[(row * length + q) * length + k] = float.NegativeInfinity;
        return Device.Upload(mask, rows, 1, length, length).to(Device.Dtype);
    }

    /// <summary>0 at real tokens and at columns to come, -infinity at padding [B, 1, 1, room].</summary>
    private Tensor PaddingMask(TokenBatch batch, int room)
    {
        var mask = new float[batch.Rows * room];
        for (var i = 0; i < batch.Mask.Length; i++)
            if (!batch.Mask[i])
                mask[i / batch.Columns * room + i % batch.Columns] = float.NegativeInfinity;
        return Device.Upload(mask, batch.Rows, 1, 1, room).to(Device.Dtype);
    }

    /// <summary>True for the ids that occur in a row [B, V].</summary>
    private Tensor Seen(TokenBatch batch)
    {
        var ids = Device.Upload(Array.ConvertAll(batch.Ids, id => (long)id), batch.Rows, batch.Columns);
        var none = zeros(batch.Rows, Config.Decoder.VocabularySize, dtype: ScalarType.Bool, device: Device.Device);
        return none.scatter_(1, ids, ones_like(ids, dtype: ScalarType.Bool));
    }

    private static ImageProcessor DefaultProcessor(TowerConfig? tower) =>
        tower is null
            ? new ImageProcessor()
            : new ImageProcessor
            {
                PatchSize = tower.PatchSize,
                MergeSize = tower.MergeSize,
                TemporalPatchSize = tower.TemporalPatchSize,
            };

    /// <inheritdoc/>
    public void Dispose() => parameters.Dispose();
}
