using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using ParquetSharp;
using ParquetSharp.Schema;

namespace Platform.Export.Files.Parquet;

/// <summary>One column's cells of a group of rows, read from the text that other formats write, so that all formats say the same.</summary>
internal abstract class ParquetBuffer
{
    /// <summary>How the file declares the column; whoever asks disposes it.</summary>
    public abstract Node CreateNode();

    public static ParquetBuffer Of(ParquetColumn column) => column.Type switch
    {
        ColumnType.String or ColumnType.Map => new Texts(column.Name),
        ColumnType.Timestamp => new Moments(column.Name),
        ColumnType.Decimal => new Decimals(column.Name, column.Places),
        ColumnType.Integer => new Values<long>(column.Name, PhysicalType.Int64, text => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)),
        ColumnType.Boolean => new Values<bool>(column.Name, PhysicalType.Boolean, bool.Parse),
    };

    public abstract void Add(string? text);

    /// <summary>Writes what is held as the group's next column, and holds nothing any more.</summary>
    public abstract void WriteTo(RowGroupWriter group);

    /// <summary>A map is its JSON, as csv has it: text is what every reader takes.</summary>
    private sealed class Texts(string name) : ParquetBuffer
    {
        /// <summary>Most columns have few values, and each record brings its own copies of them.</summary>
        private const int SharedAtMost = 1_000;

        private readonly List<string?> _cells = [];
        private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);

        public override Node CreateNode() => new PrimitiveNode(name, Repetition.Optional, LogicalType.String(), PhysicalType.ByteArray);

        public override void Add(string? text)
        {
            if (text is not null && _shared.TryGetValue(text, out var known))
            {
                text = known;
            }
            else if (text is not null && _shared.Count < SharedAtMost)
            {
                _shared.Add(text, text);
            }

            _cells.Add(text);
        }

        public override void WriteTo(RowGroupWriter group)
        {
            using var column = group.NextColumn();
            using var writer = column.LogicalWriter<string?>();
            writer.WriteBatch(CollectionsMarshal.AsSpan(_cells));
            _cells.Clear();
            _shared.Clear();
        }
    }

    private sealed class Values<T>(string name, PhysicalType type, Func<string, T> parse) : ParquetBuffer
        where T : struct
    {
        private readonly List<T?> _cells = [];

        public override Node CreateNode() => new PrimitiveNode(name, Repetition.Optional, LogicalType.None(), type);

        public override void Add(string? text) => _cells.Add(text is null ? null : parse(text));

        public override void WriteTo(RowGroupWriter group)
        {
            using var column = group.NextColumn();
            using var writer = column.LogicalWriter<T?>();
            writer.WriteBatch(CollectionsMarshal.AsSpan(_cells));
            _cells.Clear();
        }
    }

    /// <summary>Microseconds, said to be UTC.</summary>
    private sealed class Moments(string name) : ParquetBuffer
    {
        private readonly List<DateTime?> _cells = [];

        public override Node CreateNode() => new PrimitiveNode(name, Repetition.Optional, LogicalType.Timestamp(isAdjustedToUtc: true, TimeUnit.Micros), PhysicalType.Int64);

        public override void Add(string? text) => _cells.Add(
            text is null ? null : DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal));

        public override void WriteTo(RowGroupWriter group)
        {
            using var column = group.NextColumn();
            using var writer = column.LogicalWriter<DateTime?>();
            writer.WriteBatch(CollectionsMarshal.AsSpan(_cells));
            _cells.Clear();
        }
    }

    /// <summary>Sixteen bytes each, which hold 38 digits: more than .NET's own decimal, and as many as readers take.</summary>
    private sealed class Decimals(string name, int places) : ParquetBuffer
    {
        private const int Digits = 38;
        private const int Bytes = 16;

        private readonly List<Int128?> _cells = [];

        public override Node CreateNode() => new PrimitiveNode(name, Repetition.Optional, LogicalType.Decimal(Digits, places), PhysicalType.FixedLenByteArray, Bytes);

        /// <exception cref="InvalidDataException">The column cannot hold the figure as it is.</exception>
        public override void Add(string? text) => _cells.Add(text is null ? null : ExactDecimal.TryParse(text, places, Digits, out var value) ? value : throw new InvalidDataException(
            $"{name} is {text} in one row, and Parquet has {Digits} digits, {places} of them behind the point. Export csv, which has as many as there are."));

        public override void WriteTo(RowGroupWriter group)
        {
            var (bytes, levels, known) = (new byte[_cells.Count * Bytes], new short[_cells.Count], 0);
            for (var row = 0; row < _cells.Count; row++)
            {
                if (_cells[row] is { } value)
                {
                    BinaryPrimitives.WriteInt128BigEndian(bytes.AsSpan(known++ * Bytes), value);
                    levels[row] = 1;
                }
            }

            // The library takes addresses, so the bytes must not be moved.
            var pinned = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            try
            {
                var values = Enumerable.Range(0, known).Select(number => new FixedLenByteArray(pinned.AddrOfPinnedObject() + (number * Bytes))).ToArray();
                using var column = (ColumnWriter<FixedLenByteArray>)group.NextColumn();
                column.WriteBatch(_cells.Count, levels, null, values);
            }
            finally
            {
                pinned.Free();
            }

            _cells.Clear();
        }
    }
}
