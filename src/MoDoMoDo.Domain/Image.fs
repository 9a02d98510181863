namespace MoDoMoDo.Domain

open System
open System.Security.Cryptography

/// Decoded pixels: row by row, three bytes (red, green, blue) a pixel; Pixels.Length = 3 * Width * Height.
type RgbImage = {
    Width: int
    Height: int
    Pixels: byte[]
} with

    /// The image with these pixels. Raises ArgumentException when the length does not fit the sides.
    static member Create(width: int, height: int, pixels: byte[]) =
        if width < 1 || height < 1 || pixels.LongLength <> 3L * int64 width * int64 height then
            raise (ArgumentException $"wanted 3 x {width} x {height} bytes, found {pixels.LongLength}")

        { Width = width; Height = height; Pixels = pixels }

    /// Height and width.
    member image.Size: ImageSize = { Height = image.Height; Width = image.Width }

/// Where the pixels of an image come from. Nothing is decoded until they are needed.
[<RequireQualifiedAccess>]
type ImageData =
    /// A file, by its path.
    | File of Path: string
    /// The bytes of an image file (PNG, JPEG, ...), as a data row carries them.
    | Encoded of Bytes: byte[]
    /// Pixels that are already decoded.
    | Pixels of Image: RgbImage

    /// Calls the function of the case at hand; the only complete way to take a union apart in C#.
    member data.Match(file: Func<string, 'r>, encoded: Func<byte[], 'r>, pixels: Func<RgbImage, 'r>) : 'r =
        match data with
        | File path -> file.Invoke path
        | Encoded bytes -> encoded.Invoke bytes
        | Pixels image -> pixels.Invoke image

/// An image of a sample.
type Image = {
    /// Stable name: equal ids are equal images. A content hash, or a path.
    Id: string
    Data: ImageData
} with

    /// The image in a file.
    static member OfFile(path: string) : Image = { Id = path; Data = ImageData.File path }

    /// The image whose encoded bytes these are, named by their SHA-256 (first 16 hexadecimal digits).
    static member OfBytes(bytes: byte[]) : Image = {
        Id = Convert.ToHexStringLower(SHA256.HashData bytes).Substring(0, 16)
        Data = ImageData.Encoded bytes
    }

    /// Decoded pixels, named by the SHA-256 of their sides and bytes (first 16 hexadecimal digits).
    static member OfPixels(image: RgbImage) : Image =
        let sides = Array.append (BitConverter.GetBytes image.Width) (BitConverter.GetBytes image.Height)
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        hash.AppendData sides
        hash.AppendData image.Pixels

        {
            Id = Convert.ToHexStringLower(hash.GetHashAndReset()).Substring(0, 16)
            Data = ImageData.Pixels image
        }
