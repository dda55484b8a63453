using System.Buffers;
using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;
using Platform.Export.Objects;

namespace Platform.Export.Files.Parquet;

/// <param name="Places">Of a decimal: how many digits stand behind its point.</param>
internal sealed record ParquetColumn(string Name, ColumnType Type, int Places = ParquetColumn.NanoPlaces)
{
    public const int NanoPlaces = 9;
}

/// <summary>
/// A Parquet file: the same cells as text formats have, each as its type (docs/decisions/0188). Rows are held until they are asked for as a group, which is written column by column.
/// </summary>
/// <param name="columns">All of them may be null.</param>
/// <param name="cells">The rows that a record makes, each with the text of every column, as text formats write it.</param>
internal sealed class ParquetRows(IReadOnlyList<ParquetColumn> columns, Func<ExportRow, IEnumerable<string?[]>> cells) : IRowFormat
{
    /// <summary>Not the library's version: the same records make the same bytes after an update, too.</summary>
    private const string CreatedBy = "Keeptrusts export";

    private readonly ParquetBuffer[] _buffers = [.. columns.Select(ParquetBuffer.Of)];
    private readonly ParquetOutput _output = new();
    private ManagedOutputStream? _stream;
    private ParquetFileWriter? _file;

    public int Held { get; private set; }

    public long Write(IBufferWriter<byte> target, ExportRow row, bool isFirst)
    {
        long written = 0;
        foreach (var line in cells(row))
        {
            for (var column = 0; column < line.Length; column++)
            {
                _buffers[column].Add(line[column]);
            }

            written++;
            Held++;
        }

        return written;
    }

    public void WriteHeld(IBufferWriter<byte> target)
    {
        using var group = Begin(target).AppendRowGroup();
        foreach (var buffer in _buffers)
        {
            buffer.WriteTo(group);
        }

        Held = 0;
    }

    public void End(IBufferWriter<byte> target, bool isEmpty)
    {
        if (Held > 0)
        {
            WriteHeld(target);
        }

        Begin(target).Close();
    }

    /// <summary>A file that was not ended goes nowhere.</summary>
    public void Dispose()
    {
        _output.Target = null;
        _file?.Dispose();
        _stream?.Dispose();
        _output.Dispose();
    }

    private ParquetFileWriter Begin(IBufferWriter<byte> target)
    {
        _output.Target = target;
        return _file ??= Create();
    }

    private ParquetFileWriter Create()
    {
        using var builder = new WriterPropertiesBuilder();
        using var properties = builder.Compression(Compression.Zstd).CreatedBy(CreatedBy).Build();
        var nodes = _buffers.Select(buffer => buffer.CreateNode()).ToArray();
        try
        {
            using var schema = new GroupNode("schema", Repetition.Required, nodes);
            _stream = new ManagedOutputStream(_output);
            return new ParquetFileWriter(_stream, schema, properties);
        }
        finally
        {
            Array.ForEach(nodes, node => node.Dispose());
        }
    }

    /// <summary>What the library writes goes on to where the file's other bytes go. It asks how far it is.</summary>
    private sealed class ParquetOutput : WriteOnlyStream
    {
        private long _position;

        public IBufferWriter<byte>? Target { get; set; }

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Target?.Write(buffer.AsSpan(offset, count));
            _position += count;
        }
    }
}
