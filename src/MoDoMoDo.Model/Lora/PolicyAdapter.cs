using MoDoMoDo.Domain;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

public sealed partial class Policy
{
    /// <summary>The low-rank adapter; null without one.</summary>
    public LoraAdapter? Adapter
    {
        get => parameters.Adapter;
        private set => parameters.Adapter = value;
    }

    /// <summary>Parameters that take a gradient, those of the adapter included.</summary>
    public IReadOnlyList<KeyValuePair<string, Parameter>> Trainable =>
        [.. parameters.List.Concat(Adapter?.NamedParameters ?? []).Where(entry => entry.Value.requires_grad)];

    /// <summary>Whether the vision tower, or an adapter on it, takes a gradient: then features of images do not keep.</summary>
    public bool TrainsTower => Trainable.Any(entry => IsTower(entry.Key));

    /// <summary>
    /// Adds a new adapter that changes nothing yet (A uniform within 1 / sqrt(I), B zero), and trains it alone. The same seed
    /// gives the same adapter. One that was there is dropped. Raises InputException when a target names no linear layer.
    /// </summary>
    public void AddAdapter(LoraConfig config, ulong seed) =>
        Adopt(
            new LoraAdapter(
                config,
                LoraAdapter.Targets(config, Config, ""),
                spec => Parameters.Draw(spec, seed).to(AdapterType).to(Device.Device)
            )
        );

    /// <summary>
    /// Adds the adapter that peft (or <see cref="SaveAdapter"/>) wrote into a folder, and trains it alone; one that
    /// was there is dropped. Raises InputException when it is missing or corrupt, does not fit this policy, or asks for what is not computed here.
    /// </summary>
    public void LoadAdapter(string folder)
    {
        var config = LoraConfig.Read(folder);
        using var reader = new SafeTensorsReader(Path.Combine(folder, LoraAdapter.FileName));
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in reader.Entries)
            if (!keys.TryAdd(LoraAdapter.ToName(entry.Name, Config.Family), entry.Name))
                throw new InputException(reader.File, entry.Name, "each matrix once", "it under a second name");
        var targets = LoraAdapter.Targets(config, Config, Path.Combine(folder, LoraConfig.FileName));
        var wanted = targets
            .Select(spec => LoraAdapter.Specs(spec.Name[..^".weight".Length], spec.Shape, config.Rank))
            .SelectMany(pair => new[] { pair.Down, pair.Up });
        Checkpoint.Check(
            reader.File,
            [.. wanted],
            keys.ToDictionary(key => key.Key, key => reader.Entries.First(e => e.Name == key.Value).Shape),
            _ => false
        );
        Adopt(new LoraAdapter(config, targets, spec => reader.Read(keys[spec.Name], AdapterType).to(Device.Device)));
    }

    /// <summary>
    /// Writes the adapter as peft does: adapter_config.json and adapter_model.safetensors; the folder appears whole or not at
    /// all. Raises InvalidOperationException without an adapter.
    /// </summary>
    public void SaveAdapter(string folder)
    {
        var adapter = Adapter ?? throw new InvalidOperationException("wanted a policy with an adapter, found none");
        AtomicFolder.Write(
            folder,
            temporary =>
            {
                adapter.Config.Write(temporary);
                SafeTensorsWriter.Write(
                    Path.Combine(temporary, LoraAdapter.FileName),
                    [.. adapter.NamedParameters.Select(p => KeyValuePair.Create(p.Key, (Tensor)p.Value))]
                );
            },
            adapter.NamedParameters.Sum(p => p.Value.numel() * p.Value.element_size())
        );
    }

    /// <summary>
    /// Adds the adapter's products to the weights and drops the adapter. With weights of 16 bits small changes are rounded
    /// away; nothing is without an adapter.
    /// </summary>
    public void MergeAdapter()
    {
        if (Adapter is not { } adapter)
            return;
        using var still = no_grad();
        adapter.Enabled = true;
        foreach (var (name, parameter) in parameters.List)
            if (adapter.TryGet(name, out _, out _))
            {
                using var scope = NewDisposeScope();
                parameter.copy_(adapter.Merged(name, parameter));
            }
        Adapter = null;
        adapter.Dispose();
    }

    /// <summary>Until what it returns is disposed, the policy computes as its base does: the reference of a KL term.</summary>
    public IDisposable WithoutAdapter() => new Pause(Adapter);

    private ScalarType AdapterType => Device.Dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    private void Adopt(LoraAdapter adapter)
    {
        Adapter?.Dispose();
        Adapter = adapter;
        Train(LoraAdapter.Owns);
    }

    private sealed class Pause : IDisposable
    {
        private readonly LoraAdapter? adapter;
        private readonly bool before;

        internal Pause(LoraAdapter? adapter)
        {
            (this.adapter, before) = (adapter, adapter?.Enabled ?? false);
            if (adapter is not null)
                adapter.Enabled = false;
        }

        public void Dispose()
        {
            if (adapter is not null)
                adapter.Enabled = before;
        }
    }
}
