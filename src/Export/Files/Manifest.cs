using System.Text.Encodings.Web;
using System.Text.Json;
using Platform.Contracts;
using Platform.Export.Runs;

namespace Platform.Export.Files;

/// <summary>
/// What a reader starts from: it is written last, so the files that it lists are whole and their hashes were checked. Amounts are decimal text with nine
/// places, moments ISO 8601 in UTC.
/// </summary>
internal sealed record Manifest(
    int ManifestVersion,
    string RunId,
    string? JobId,
    string JobName,
    string Format,
    string WindowFrom,
    string WindowTo,
    string Watermark,
    string GeneratedAt,
    IReadOnlyList<ManifestColumn> Columns,
    IReadOnlyList<ManifestFile> Files)
{
    private const int Version = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    public static Manifest Of(RunRow run, DataFile file, DateTimeOffset now) => new(
        Version,
        run.RunId.ToString("D"),
        run.JobId?.ToString("D"),
        run.JobName,
        run.Format,
        ExportJson.Moment(run.From),
        ExportJson.Moment(run.To),
        ExportJson.Moment(run.Watermark),
        ExportJson.Moment(now),
        [.. UsageColumns.All.Select(column => new ManifestColumn(column.Name, column.Type.ToString().ToLowerInvariant()))],
        [
            new ManifestFile(
                run.DataKey, file.Rows, file.UnpricedRows, new Money(file.CostNanos).ToFixedString(),
                file.Currency.Length == 0 ? null : file.Currency, file.Sha256, file.Bytes),
        ]);

    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Options), (byte)'\n'];

    /// <summary>Null when the bytes are no manifest.</summary>
    public static async Task<Manifest?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<Manifest>(stream, Options, cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Type">string, timestamp, decimal, integer, boolean or map.</param>
internal sealed record ManifestColumn(string Name, string Type);

/// <param name="UnpricedRowCount">Rows whose cost is null because they have no price; they are in the row count and in no sum.</param>
/// <param name="Currency">Null when there is no row.</param>
internal sealed record ManifestFile(
    string Key, long RowCount, long UnpricedRowCount, string CostSum, string? Currency, string Sha256, long Bytes);
