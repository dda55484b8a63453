using System.Buffers;
using System.Text;
using Platform.Contracts;

namespace Platform.Export.Files;

/// <summary>Writes lines of comma-separated values (RFC 4180) in UTF-8 without a byte order mark.</summary>
internal sealed class CsvLine
{
    private readonly StringBuilder _line = new();

    /// <summary>Figures stand as they are, and what others wrote is never a formula.</summary>
    public static string Cell(ColumnType type, string value) => type == ColumnType.String ? CsvCell.OfText(value) : CsvCell.Quoted(value);

    public void Write(IBufferWriter<byte> target, IEnumerable<string> cells) =>
        Encoding.UTF8.GetBytes(_line.Clear().AppendJoin(',', cells).Append("\r\n").ToString(), target);
}
