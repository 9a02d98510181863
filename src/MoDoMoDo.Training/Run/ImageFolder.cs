using System.Security.Cryptography;
using System.Text;
using MoDoMoDo.Domain;

namespace MoDoMoDo.Training;

/// <summary>The images that written completions speak of: each once, named by a hash of its id, up to a number of bytes.</summary>
internal sealed class ImageFolder
{
    private readonly string folder;
    private readonly IImageSource? source;
    private readonly Func<RgbImage, byte[]>? encode;
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private long left;

    public ImageFolder(string folder, int mebibytes, IImageSource? source, Func<RgbImage, byte[]>? encode)
    {
        (this.folder, this.source, this.encode) = (folder, source, encode);
        left = mebibytes * 1024L * 1024L;
        if (!Directory.Exists(folder))
            return;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*.png"))
        {
            names.Add(file.Name);
            left -= file.Length;
        }
    }

    /// <summary>
    /// The image's path in the run folder, written if it is new and fits the budget; else its id. What a killed session
    /// wrote too much is what the resumed one writes next, so both name the same images.
    /// </summary>
    public string Reference(Image image)
    {
        if (source is null || encode is null)
            return image.Id;
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(image.Id)))[..16] + ".png";
        if (!names.Contains(name) && !Write(name, image))
            return image.Id;
        return "images/" + name;
    }

    private bool Write(string name, Image image)
    {
        if (left <= 0)
            return false;
        var bytes = encode!(source!.Load(image));
        if (bytes.Length > left)
            return false;
        Directory.CreateDirectory(folder);
        var aside = Path.Combine(folder, name + ".unfinished");
        File.WriteAllBytes(aside, bytes);
        File.Move(aside, Path.Combine(folder, name), overwrite: true);
        left -= bytes.Length;
        return names.Add(name);
    }
}
