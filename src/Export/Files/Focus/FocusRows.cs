using System.Buffers;

namespace Platform.Export.Files.Focus;

/// <summary>A FOCUS file as comma-separated values.</summary>
internal sealed class FocusRows(FocusLines lines) : IRowFormat
{
    private readonly CsvLine _line = new();

    public long Write(IBufferWriter<byte> target, ExportRow row, bool isFirst)
    {
        long written = 0;
        foreach (var cells in lines.Of(row))
        {
            if (isFirst && written == 0)
            {
                WriteHeader(target);
            }

            _line.Write(target, lines.Columns.Zip(cells, (column, cell) => CsvLine.Cell(column.Type, cell ?? "")));
            written++;
        }

        return written;
    }

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

    private void WriteHeader(IBufferWriter<byte> target) => _line.Write(target, lines.Columns.Select(column => column.Name));
}
