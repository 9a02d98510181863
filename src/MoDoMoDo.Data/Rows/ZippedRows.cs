using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>A JSON Lines or JSON file in a zip archive with its pictures beside it.</summary>
internal sealed class ZippedRows : IRowFile
{
    private static readonly string[] Extensions = [".jsonl", ".jsonl.gz", ".json"];

    private readonly ZipFolder archive;
    private readonly JsonRows rows;

    private ZippedRows(ZipFolder archive, JsonRows rows) => (this.archive, this.rows) = (archive, rows);

    public static ZippedRows Open(string path, DatasetOptions options)
    {
        string member;
        using (var listing = new ZipFolder(path))
        {
            string[] members =
            [
                .. listing.Names.Where(name =>
                    Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                ),
            ];
            member = members is [var one]
                ? one
                : throw new InputException(
                    path,
                    "",
                    "an archive with one .jsonl or .json file",
                    members.Length == 0 ? "none" : string.Join(", ", members)
                );
        }
        var archive = new ZipFolder(path, Path.GetDirectoryName(member) ?? "");
        try
        {
            var pictures =
                options.ImageFolders.Count == 0
                    ? (IPictureFolder)archive
                    : new PictureFolders([archive, new DiskFolder(options.ImageFolders)]);
            var isLines = !member.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
            var content = new MemoryStream(archive.Read(member));
            return new(archive, new JsonRows($"{path}/{member}", pictures, isLines, content: content));
        }
        catch (InvalidDataException e)
        {
            archive.Dispose();
            throw new InputException(path, $"entry {member}", "a sound entry", e.Message);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    public string Kind => "zip";
    public IReadOnlyList<string> Fields => rows.Fields;
    public int Count => rows.Count;
    public IPictureFolder Pictures => rows.Pictures;
    public IReadOnlyList<InputException> Problems => archive.Problems;

    public Row Read(int index) => rows.Read(index);

    public void Dispose()
    {
        rows.Dispose();
        archive.Dispose();
    }
}
