using System.Runtime.InteropServices;

namespace MoDoMoDo.Model;

/// <summary>Settings of the C libraries below libtorch, made before it is loaded. Linux with glibc alone; elsewhere nothing happens.</summary>
internal static class NativeRuntime
{
    private const string SpinCount = "GOMP_SPINCOUNT";

    /// <summary>Rounds of waiting, some ten microseconds: longer than the pause between two operations of a small model.</summary>
    private const string Rounds = "10000";

    /// <summary>Makes the settings; a variable that the user has set stays.</summary>
    internal static void Configure()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var libc))
            return;
        KeepFreedMemory(libc);
        WaitAsleep(libc);
    }

    /// <summary>
    /// glibc returns every large block to the system at once, and each large temporary then costs a page fault for every
    /// 4 KiB: element-wise products take twice as long. Here blocks of up to 32 MiB are kept for the next temporary.
    /// </summary>
    private static void KeepFreedMemory(nint libc)
    {
        const int trimThreshold = -1;
        const int mapThreshold = -3;
        if (!NativeLibrary.TryGetExport(libc, "mallopt", out var address))
            return;
        var mallopt = Marshal.GetDelegateForFunctionPointer<SetAllocatorOption>(address);
        mallopt(mapThreshold, 32 << 20);
        mallopt(trimThreshold, 512 << 20);
    }

    /// <summary>
    /// libtorch's threads wait for their next work without giving up the processor, for milliseconds. They take it from our own
    /// threads (decoding in 16 bits is a third faster without), and on a machine with other work every operation waits for all of
    /// them (several times as slow). They go to sleep sooner here. OpenMP reads the variable when libtorch is loaded.
    /// </summary>
    private static void WaitAsleep(nint libc)
    {
        var chosen =
            Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? Environment.GetEnvironmentVariable(SpinCount);
        if (chosen is not null || !NativeLibrary.TryGetExport(libc, "setenv", out var address))
            return;
        Marshal.GetDelegateForFunctionPointer<SetVariable>(address)(SpinCount, Rounds, 0);
    }

    private delegate int SetAllocatorOption(int option, int value);

    private delegate int SetVariable(
        [MarshalAs(UnmanagedType.LPStr)] string name,
        [MarshalAs(UnmanagedType.LPStr)] string value,
        int overwrite
    );
}
