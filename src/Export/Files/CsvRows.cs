using System.Buffers;
using System.Text;
using Platform.Contracts;

namespace Platform.Export.Files;

/// <summary>
/// Comma-separated values (RFC 4180) in UTF-8 without a byte order mark, with the columns of json by name in the first line. Nothing between two commas is null; figures
/// stand as they are, and what others wrote is never a formula.
/// </summary>
internal sealed class CsvRows : IRowFormat
{
    private readonly StringBuilder _line = new();

    public void Write(IBufferWriter<byte> target, ExportRow row, bool isFirst)
    {
        if (isFirst)
        {
            WriteHeader(target);
        }

        WriteLine(target, UsageColumns.All.Select(column => Cell(column.Type, column.Read(row) ?? "")));
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

    internal static string Cell(ColumnType type, string value) => type == ColumnType.String ? CsvCell.OfText(value) : CsvCell.Quoted(value);

    private void WriteHeader(IBufferWriter<byte> target) => WriteLine(target, UsageColumns.All.Select(column => column.Name));

    private void WriteLine(IBufferWriter<byte> target, IEnumerable<string> cells)
    {
        _line.Clear().AppendJoin(',', cells).Append("\r\n");
        Encoding.UTF8.GetBytes(_line.ToString(), target);
    }
}
