using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Goldens.Damage;

/// <summary>Ways to damage a file, each a pure function of the file and a random stream.</summary>
internal static class Mutation
{
    private const string Number = "-?[0-9][0-9.eE+-]*|true|false|null";
    private const string Piece = "\"[^\"]*\"|[\\[\\]{},:]|" + Number;

    private static readonly string[] Values =
    [
        "0",
        "-1",
        "1",
        "2",
        "3",
        "7",
        "0.5",
        "1e308",
        "-1e-308",
        "1e999",
        "2147483647",
        "2147483648",
        "4294967295",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551616",
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "\"\"",
        "\"\\ud800\"",
        "\"F32\"",
        "\"U4\"",
        "\"default\"",
        "[0, 8]",
        "[8, 0]",
        "[-1, 4]",
        "[1, 1, 1, 1, 1, 1, 1, 1, 1]",
        "[9223372036854775807, 9223372036854775807]",
        "[[[[]]]]",
        "{\"a\": {\"a\": 1}}",
    ];

    /// <summary>One to four local damages: flipped bits, other bytes, whole numbers at their extremes, parts lost, doubled or moved.</summary>
    public static byte[] Bytes(byte[] file, RandomStream random)
    {
        var damaged = (byte[])file.Clone();
        for (var times = random.NextInt(1, 4); times > 0 && damaged.Length > 0; times--)
            damaged = Once(damaged, random);
        return damaged;
    }

    private static byte[] Once(byte[] file, RandomStream random)
    {
        // Headers are where the claims are.
        var reach = random.NextBool(0.5) ? Math.Min(file.Length, 64) : file.Length;
        var at = random.NextInt(reach);
        var length = Math.Min(random.NextInt(1, 64), file.Length - at);
        switch (random.NextInt(7))
        {
            case 0:
                file[at] ^= (byte)(1 << random.NextInt(8));
                return file;
            case 1:
                file[at] = (byte)random.NextInt(256);
                return file;
            case 2:
                uint[] extremes = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF];
                Span<byte> number = stackalloc byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(number, random.Pick(extremes));
                if (random.NextBool(0.5))
                    number.Reverse();
                number[..Math.Min(4, file.Length - at)].CopyTo(file.AsSpan(at));
                return file;
            case 3:
                return file[..at];
            case 4:
                return [.. file[..at], .. file[(at + length)..]];
            case 5:
                return [.. file[..at], .. file.AsSpan(at, length), .. file[at..]];
            default:
                var from = random.NextInt(file.Length - length + 1);
                return [.. file[..at], .. file.AsSpan(from, length), .. file[at..]];
        }
    }

    /// <summary>One to three values, names or characters of a JSON text replaced, lost or doubled; sometimes bytes.</summary>
    public static byte[] Json(byte[] json, RandomStream random)
    {
        if (random.NextBool(0.2))
            return Bytes(json, random);
        var text = Encoding.UTF8.GetString(json);
        for (var times = random.NextInt(1, 3); times > 0; times--)
            text = Once(text, random);
        return Encoding.UTF8.GetBytes(text);
    }

    private static string Once(string text, RandomStream random)
    {
        // Mostly one value for another, which is still JSON; else any piece lost, doubled or replaced.
        var whole = random.NextBool(0.7);
        var pieces = Regex.Matches(text, whole ? Number : Piece, RegexOptions.NonBacktracking);
        if (pieces.Count == 0)
            return text;
        var piece = pieces[random.NextInt(pieces.Count)];
        var other = random.NextInt(whole ? 2 : 4) switch
        {
            0 => random.Pick(Values),
            1 => pieces[random.NextInt(pieces.Count)].Value,
            2 => "",
            _ => piece.Value + piece.Value,
        };
        return text[..piece.Index] + other + text[(piece.Index + piece.Length)..];
    }

    /// <summary>A PNG whose checksums fit its chunks again, so that the damage reaches the decoder.</summary>
    public static byte[] WithChecksums(byte[] png)
    {
        for (var at = 8; at + 12 <= png.Length; )
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - 12)
                break;
            var covered = png.AsSpan(at + 4, 4 + (int)length);
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + (int)length), Crc32.HashToUInt32(covered));
            at += 12 + (int)length;
        }
        return png;
    }
}
