using MoDoMoDo.Domain;

namespace MoDoMoDo.Data;

/// <summary>How hard the world is. Level 1 is the world of the ten-minute run.</summary>
public sealed record WorldLevel
{
    private WorldLevel(int number) => Number = number;

    /// <summary>1, 2 or 3.</summary>
    public int Number { get; }

    /// <summary>
    /// The levels: 1 has things in the cells of a 4 x 4 grid; 2 has them at half cells too (boxes in steps of 125, line
    /// charts among the bars); 3 has in addition more things and more noise.
    /// </summary>
    /// <exception cref="InputException">The number is none of 1, 2, 3.</exception>
    public static WorldLevel Of(int number) =>
        number is >= 1 and <= 3
            ? new WorldLevel(number)
            : throw new InputException("", "world level", "1, 2 or 3", $"{number}");

    /// <summary>Distance of two possible box edges, in thousandths of the picture.</summary>
    public int EdgeStep => Number == 1 ? 250 : 125;

    /// <summary>How many further things a picture may have beyond those of level 1.</summary>
    internal int MoreThings => Number == 3 ? 2 : 0;

    /// <summary>Standard deviation of the noise of a pixel's channel, in levels of 0..255.</summary>
    internal int Noise => Number == 3 ? 16 : 10;

    /// <summary>Lattice positions along the picture's side; a thing extends over <see cref="Extent"/> steps from its position.</summary>
    internal int Steps => 1000 / EdgeStep;

    /// <summary>Lattice steps that a thing extends over: a thing is always 16 pixels wide and high.</summary>
    internal int Extent => 250 / EdgeStep;
}
