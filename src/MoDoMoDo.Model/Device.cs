using System.Globalization;
using MoDoMoDo.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace MoDoMoDo.Model;

/// <summary>
/// Where tensors live and in which precision weights are kept. The only place that names a device: copies to it and from
/// it, and waiting for it, go through here.
/// </summary>
public sealed class ComputeDevice
{
    /// <summary>The processor, 32-bit floats.</summary>
    public static ComputeDevice Cpu { get; }

    static ComputeDevice()
    {
        NativeRuntime.Configure();
        Cpu = new(torch.CPU, ScalarType.Float32);
    }

    private ComputeDevice(Device device, ScalarType dtype)
    {
        Device = device;
        Dtype = dtype;
    }

    /// <summary>The device of libtorch.</summary>
    public Device Device { get; }

    /// <summary>Type of weights and activations: Float32, BFloat16 or Float64 (for checks).</summary>
    public ScalarType Dtype { get; }

    /// <summary>
    /// The device named "cpu", "cuda" or "cuda:N" with weights of type "fp32", "bf16" or "fp64". Raises InputException for
    /// another name, or when there is no such device.
    /// </summary>
    public static ComputeDevice Parse(string device, string dtype = "fp32")
    {
        var type = dtype switch
        {
            "fp32" => ScalarType.Float32,
            "bf16" => ScalarType.BFloat16,
            "fp64" => ScalarType.Float64,
            _ => throw new InputException("", "dtype", "fp32 or bf16", dtype),
        };
        if (device == "cpu")
            return new(torch.CPU, type);
        var index = 0;
        var named =
            device == "cuda"
            || device.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index);
        if (!named)
            throw new InputException("", "device", "cpu, cuda or cuda:N", device);
        if (!torch.cuda.is_available() || index >= torch.cuda.device_count())
            throw new InputException("", "device", "a device of this machine", device);
        return new(torch.device(DeviceType.CUDA, index), type);
    }

    /// <summary>A tensor that has a shape and a type, and no memory.</summary>
    public static Tensor Hollow(IReadOnlyList<long> shape, ScalarType dtype) =>
        torch.empty([.. shape], dtype: dtype, device: torch.META);

    /// <summary>Whether a tensor lies in the processor's memory.</summary>
    public static bool IsProcessor(Tensor tensor) => tensor.device_type == DeviceType.CPU;

    /// <summary>The same device with another precision.</summary>
    public ComputeDevice With(ScalarType dtype) => new(Device, dtype);

    /// <summary>Number of threads that libtorch uses inside one operation, for the whole process.</summary>
    public static int Threads
    {
        get => torch.get_num_threads();
        set => torch.set_num_threads(value);
    }

    /// <summary>A copy of the numbers on the device, as 64-bit integers.</summary>
    public Tensor Upload(long[] values, params ReadOnlySpan<long> shape) => torch.tensor(values, shape, device: Device);

    /// <summary>A copy of the numbers on the device, as 32-bit floats.</summary>
    public Tensor Upload(float[] values, params ReadOnlySpan<long> shape) =>
        torch.tensor(values, shape, device: Device);

    /// <summary>Waits until all work given to the device is done; for timings.</summary>
    public void Synchronise()
    {
        if (Device.type == DeviceType.CUDA)
            torch.cuda.synchronize();
    }
}
