using System.Buffers;
using System.Text.Json;

namespace Platform.Export.Files;

/// <summary>A JSON array with one object a line: a reader may take it line by line, and it ends with its bracket, so that a part is never taken for the whole.</summary>
internal sealed class JsonRows : IRowFormat
{
    private readonly Utf8JsonWriter _json = new(Stream.Null, ExportJson.Options);

    public long Write(IBufferWriter<byte> target, ExportRow row, bool isFirst)
    {
        target.Write(isFirst ? "[\n"u8 : ",\n"u8);
        _json.Reset(target);
        _json.WriteStartObject();
        foreach (var column in UsageColumns.All)
        {
            _json.WritePropertyName(column.Name);
            WriteValue(column.Type, column.Read(row));
        }

        _json.WriteEndObject();
        _json.Flush();
        return 1;
    }

    public void End(IBufferWriter<byte> target, bool isEmpty) => target.Write(isEmpty ? "[]\n"u8 : "\n]\n"u8);

    public void Dispose() => _json.Dispose();

    private void WriteValue(ColumnType type, string? value)
    {
        if (value is null || type is ColumnType.String or ColumnType.Timestamp or ColumnType.Decimal)
        {
            _json.WriteStringValue(value);
        }
        else
        {
            // A number, true or false, or an object: these words are JSON as they stand.
            _json.WriteRawValue(value, skipInputValidation: true);
        }
    }
}
