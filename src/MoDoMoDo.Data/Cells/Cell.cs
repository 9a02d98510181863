namespace MoDoMoDo.Data;

/// <summary>A value of a row, whatever kind of file it comes from: every file is read to cells, every format reads cells.</summary>
internal abstract record Cell
{
    /// <summary>The word for this kind of value in errors.</summary>
    public abstract string Kind { get; }

    /// <summary>Bytes that the value holds in memory, roughly.</summary>
    public virtual long Size => 32;

    public sealed record Null : Cell
    {
        public static readonly Null Instance = new();
        public override string Kind => "null";
    }

    public sealed record Text(string Value) : Cell
    {
        public override string Kind => "text";
        public override long Size => 48 + 2L * Value.Length;
    }

    /// <param name="Written">The number as the file writes it: never rounded.</param>
    /// <param name="Value">The nearest double.</param>
    public sealed record Number(string Written, double Value) : Cell
    {
        public override string Kind => "a number";
    }

    public sealed record Truth(bool Value) : Cell
    {
        public override string Kind => "a truth value";
    }

    public sealed record Bytes(byte[] Value) : Cell
    {
        public override string Kind => "bytes";
        public override long Size => 48 + Value.LongLength;
    }

    public sealed record List(IReadOnlyList<Cell> Items) : Cell
    {
        public override string Kind => "a list";
        public override long Size => 32 + Items.Sum(item => item.Size);
    }

    public sealed record Object(IReadOnlyDictionary<string, Cell> Members) : Cell
    {
        public override string Kind => "an object";
        public override long Size => 200 + Members.Values.Sum(member => member.Size);

        /// <summary>The member's value; Null where there is none.</summary>
        public Cell this[string name] => Members.TryGetValue(name, out var cell) ? cell : Null.Instance;
    }

    /// <summary>A value of a type that no format reads (a day, a price): to be ignored.</summary>
    public sealed record Other(string TypeName) : Cell
    {
        public override string Kind => TypeName;
    }
}
