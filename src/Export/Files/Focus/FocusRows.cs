using System.Buffers;
using Platform.Rating;

namespace Platform.Export.Files.Focus;

/// <summary>A FOCUS file as comma-separated values: a row for each kind of tokens of a record (docs/decisions/0140).</summary>
/// <param name="version">Which names the columns have.</param>
internal sealed class FocusRows(string version, FocusFrame frame, IReadOnlyDictionary<long, Price> prices) : IRowFormat
{
    private readonly IReadOnlyList<FocusColumn> _columns = FocusColumns.Of(version);
    private readonly CsvLine _line = new();

    public long Write(IBufferWriter<byte> target, ExportRow row, bool isFirst)
    {
        long written = 0;
        foreach (var charge in FocusCharges.Of(row, prices.GetValueOrDefault(row.Record.Event.PriceId)))
        {
            if (isFirst && written == 0)
            {
                WriteHeader(target);
            }

            _line.Write(target, _columns.Select(column => CsvLine.Cell(column.Type, column.Read(charge, frame) ?? "")));
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

    private void WriteHeader(IBufferWriter<byte> target) => _line.Write(target, _columns.Select(column => column.Name));
}
