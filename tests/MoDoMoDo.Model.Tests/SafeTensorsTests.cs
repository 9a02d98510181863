using System.Buffers.Binary;
using System.Text;
using FsCheck.Xunit;
using MoDoMoDo.Domain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoDoMoDo.Model.Tests;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(string header, int dataBytes, long? claimedLength = null)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, claimedLength ?? json.Length);
        json.CopyTo(bytes, 8);
        var file = Path.Combine(folder, "x.safetensors");
        File.WriteAllBytes(file, bytes);
        return file;
    }

    private static string Entry(string dtype, string shape, long begin, long end) =>
        $$"""{"dtype":"{{dtype}}","shape":[{{shape}}],"data_offsets":[{{begin}},{{end}}]}""";

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Int64)]
    public void WrittenTensors_AreReadBackBitForBit(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var file = Path.Combine(folder, "y.safetensors");
        var (a, b) = (arange(6, dtype: ScalarType.Float32).to(dtype).view(2, 3), tensor(1.5f).to(dtype));
        SafeTensorsWriter.Write(file, [KeyValuePair.Create("a", a.t()), KeyValuePair.Create("b", b)]);
        using var reader = new SafeTensorsReader(file);
        Assert.Equal([3L, 2L], reader.Entries[0].Shape);
        Assert.True(reader.Read("a").equal(a.t()).all().item<bool>());
        Assert.True(reader.Read("b").equal(b).item<bool>());
        Assert.Equal(ScalarType.Float64, reader.Read("a", ScalarType.Float64).dtype);
    }

    public static TheoryData<string, int, long?, string> Corrupt() =>
        new()
        {
            { "{}", 0, long.MaxValue, "header" },
            { "{}", 0, 3, "header" },
            { "{", 0, null, "header" },
            { "[]", 0, null, "header" },
            { $$"""{"a":{{Entry("F32", "2", 0, 8)}}}""", 4, null, "data_offsets" },
            { $$"""{"a":{{Entry("F32", "3", 0, 8)}}}""", 8, null, "data_offsets" },
            { $$"""{"a":{{Entry("F32", "-1", 0, 8)}}}""", 8, null, "shape" },
            { $$"""{"a":{{Entry("F32", "9223372036854775807,4", 0, 8)}}}""", 8, null, "data_offsets" },
            { $$"""{"a":{{Entry("F33", "2", 0, 8)}}}""", 8, null, "dtype" },
            {
                $$"""{"a":{{Entry("F32", "2", 0, 8)}},"b":{{Entry("F32", "2", 4, 12)}}}""",
                12,
                null,
                "b: wanted bytes of its own"
            },
            { $$"""{"a":{{Entry("F32", "1", 0, 4)}},"a":{{Entry("F32", "1", 4, 8)}}}""", 8, null, "each name once" },
        };

    [Theory]
    [MemberData(nameof(Corrupt))]
    public void CorruptFiles_GiveOneClearLine(string header, int dataBytes, long? claimedLength, string word)
    {
        var file = Write(header, dataBytes, claimedLength);
        var error = Assert.Throws<InputException>(() => new SafeTensorsReader(file));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void AMissingFile_IsAnInputError() =>
        Assert.Throws<InputException>(() => new SafeTensorsReader(Path.Combine(folder, "missing")));

    [Property(MaxTest = 300)]
    public bool MutatedHeaders_LoadOrGiveAnInputError(byte[] noise, ushort place)
    {
        var file = Write($$"""{"a":{{Entry("F32", "2, 2", 0, 16)}},"b":{{Entry("BF16", "3", 16, 22)}}}""", 22);
        var bytes = File.ReadAllBytes(file);
        for (var i = 0; i < noise.Length; i++)
            bytes[(place + 7 * i) % bytes.Length] = noise[i];
        File.WriteAllBytes(file, bytes);
        try
        {
            using var reader = new SafeTensorsReader(file);
            foreach (var entry in reader.Entries)
                reader.Read(entry.Name).Dispose();
        }
        catch (InputException) { }
        return true;
    }
}
