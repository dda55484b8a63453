using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Platform.Contracts.Metering.V1;

namespace Platform.Export.Files;

/// <param name="Rows">All records, unpriced ones included.</param>
/// <param name="UnpricedRows">Records without a cost, which are in no sum.</param>
/// <param name="Currency">Empty when there was no record.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record DataFile(long Rows, long UnpricedRows, long CostNanos, string Currency, string Sha256, long Bytes);

/// <summary>
/// Writes records as a JSON array with one object a line, in constant memory, and hashes the bytes on their way out. The same records in the same order
/// make the same bytes.
/// </summary>
internal static class DataFileWriter
{
    private const int FlushBytes = 64 * 1024;

    // Keeps non-ASCII text as it is: the file is UTF-8 and is never put into a web page unescaped by us.
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = false };

    /// <exception cref="OverflowException">The sum of the costs leaves 64 bits.</exception>
    /// <exception cref="InvalidDataException">The records have more than one currency.</exception>
    public static async Task<DataFile> WriteAsync(Stream stream, IAsyncEnumerable<UsageRecord> records, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var json = new Utf8JsonWriter(Stream.Null, JsonOptions);
        var buffer = new ArrayBufferWriter<byte>(2 * FlushBytes);
        long rows = 0, unpriced = 0, costNanos = 0, bytes = 0;
        var currency = "";
        await foreach (var record in records.WithCancellation(cancellationToken))
        {
            buffer.Write(rows == 0 ? "[\n"u8 : ",\n"u8);
            WriteRow(json, buffer, record);
            currency = SameCurrency(currency, record);
            rows++;
            unpriced += record.Cost is null ? 1 : 0;
            costNanos = checked(costNanos + (record.Cost?.TotalNanos ?? 0));
            if (buffer.WrittenCount >= FlushBytes)
            {
                bytes += await FlushAsync(stream, buffer, hash, cancellationToken);
            }
        }

        buffer.Write(rows == 0 ? "[]\n"u8 : "\n]\n"u8);
        bytes += await FlushAsync(stream, buffer, hash, cancellationToken);
        return new DataFile(rows, unpriced, costNanos, currency, Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
    }

    private static void WriteRow(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer, UsageRecord record)
    {
        json.Reset(buffer);
        json.WriteStartObject();
        foreach (var column in UsageColumns.All)
        {
            json.WritePropertyName(column.Name);
            column.Write(json, record);
        }

        json.WriteEndObject();
        json.Flush();
    }

    private static string SameCurrency(string currency, UsageRecord record) =>
        record.Currency.Length == 0 || currency == record.Currency ? currency
        : currency.Length == 0 ? record.Currency
        : throw new InvalidDataException($"Record {record.RecordId} is in {record.Currency}, others in {currency}: sums of several currencies mean nothing.");

    private static async Task<int> FlushAsync(Stream stream, ArrayBufferWriter<byte> buffer, IncrementalHash hash, CancellationToken cancellationToken)
    {
        hash.AppendData(buffer.WrittenSpan);
        await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
        var count = buffer.WrittenCount;
        buffer.ResetWrittenCount();
        return count;
    }
}
