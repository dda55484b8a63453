using System.Buffers;

namespace Platform.Export.Files;

/// <summary>Comma-separated values with the columns of json, by name in the first line. Nothing between two commas is null.</summary>
internal sealed class CsvRows : IRowFormat
{
    private readonly CsvLine _line = new();

    public long Write(IBufferWriter<byte> target, ExportRow row, bool isFirst)
    {
        if (isFirst)
        {
            WriteHeader(target);
        }

        _line.Write(target, UsageColumns.All.Select(column => CsvLine.Cell(column.Type, column.Read(row) ?? "")));
        return 1;
    }

    /// <summary>A file without rows has its header too.</summary>
    public void End(IBufferWriter<byte> target, bool isEmpty)
    {
        if (isEmpty)
        {
            WriteHeader(target);
        }
    }

    public void Dispose()
    {
    }

    private void WriteHeader(IBufferWriter<byte> target) => _line.Write(target, UsageColumns.All.Select(column => column.Name));
}
