using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies native libraries into a folder; where the system's libstdc++ does not define the given symbol version, marks the
/// library's wish for it as weak (VER_FLG_WEAK in its Elfxx_Vernaux entry), so that the loader does not insist on it.
/// The source files are never changed. A 64-bit little-endian ELF file is expected; other files are copied as they are.
/// </summary>
public class WeakenSymbolVersion : Task
{
    private const int SectionVersionNeeds = 0x6ffffffe;
    private const ushort Weak = 0x2;

    [Required]
    public ITaskItem[] Sources { get; set; }

    [Required]
    public string Folder { get; set; }

    [Required]
    public string SymbolVersion { get; set; }

    public override bool Execute()
    {
        foreach (var source in Sources.Select(item => item.ItemSpec))
        {
            var target = Path.Combine(Folder, Path.GetFileName(source));
            if (File.Exists(target) && File.GetLastWriteTimeUtc(target) == File.GetLastWriteTimeUtc(source))
                continue;
            var bytes = File.ReadAllBytes(source);
            if (IsElf64(bytes) && !SystemDefines())
                MarkWeak(bytes);
            // Several projects may build at once: write aside, then rename.
            var aside = target + "." + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(aside, bytes);
            File.SetLastWriteTimeUtc(aside, File.GetLastWriteTimeUtc(source));
            try
            {
                if (File.Exists(target))
                    File.Delete(target);
                File.Move(aside, target);
            }
            catch (IOException) when (File.Exists(target))
            {
                File.Delete(aside);
            }
        }
        return true;
    }

    private static bool IsElf64(byte[] b)
    {
        return b.Length > 64 && b[0] == 0x7f && b[1] == 'E' && b[2] == 'L' && b[3] == 'F' && b[4] == 2 && b[5] == 1;
    }

    private bool SystemDefines()
    {
        string[] folders = { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib" };
        var library = folders.Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        if (library == null)
            return false;
        var text = Encoding.GetEncoding("ISO-8859-1").GetString(File.ReadAllBytes(library));
        return text.Contains(SymbolVersion + "\0");
    }

    private void MarkWeak(byte[] b)
    {
        var sections = BitConverter.ToInt64(b, 0x28);
        int size = BitConverter.ToUInt16(b, 0x3a),
            count = BitConverter.ToUInt16(b, 0x3c);
        Func<int, long> header = index => sections + (long)index * size;
        for (var i = 0; i < count; i++)
        {
            if (BitConverter.ToInt32(b, (int)header(i) + 4) != SectionVersionNeeds)
                continue;
            var strings = BitConverter.ToInt64(b, (int)header(BitConverter.ToInt32(b, (int)header(i) + 0x28)) + 0x18);
            var need = BitConverter.ToInt64(b, (int)header(i) + 0x18);
            for (uint next = 1; next != 0; need += next)
            {
                var aux = need + BitConverter.ToUInt32(b, (int)need + 8);
                for (uint step = 1; step != 0; aux += step)
                {
                    if (TextAt(b, strings + BitConverter.ToUInt32(b, (int)aux + 8)) == SymbolVersion)
                        b[(int)aux + 4] |= (byte)Weak;
                    step = BitConverter.ToUInt32(b, (int)aux + 12);
                }
                next = BitConverter.ToUInt32(b, (int)need + 12);
            }
        }
    }

    private static string TextAt(byte[] b, long at)
    {
        var end = Array.IndexOf(b, (byte)0, (int)at);
        return Encoding.ASCII.GetString(b, (int)at, end - (int)at);
    }
}
