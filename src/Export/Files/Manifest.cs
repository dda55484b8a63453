using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Platform.Contracts;
using Platform.Export.Objects;
using Platform.Export.Runs;

namespace Platform.Export.Files;

/// <summary>
/// What a reader starts from: it is written last, so the files that it lists are whole and their hashes were checked. Amounts are decimal text with nine
/// places, moments ISO 8601 in UTC.
/// </summary>
/// <param name="Basis">occurred or booked: by which date a record belongs to the window.</param>
/// <param name="Period">The month that was asked for; null otherwise.</param>
/// <param name="TimeZone">IANA name of the books' zone, whose months the billing periods are.</param>
/// <param name="LateFrom">With <paramref name="LateRecordedAfter"/>: what occurred from then to the window and was recorded after that is in it too; null for nothing.</param>
/// <param name="FocusVersion">Of formats focus and focus-parquet; null otherwise.</param>
/// <param name="DueAt">When the schedule had it due; null of a run by hand, whose files are a picture beside those of the schedule: the same records are in both.</param>
/// <param name="NotKept">What belongs to the files and is in none of them, because it was no longer kept when they were written; null for nothing.</param>
/// <param name="SeriesFrom">Where the series began that the run goes on; null of a picture. Files of a series sum to everything recorded since then, each record once.</param>
internal sealed record Manifest(
    int ManifestVersion,
    string RunId,
    string? JobId,
    string JobName,
    string Format,
    string Basis,
    string? Period,
    string TimeZone,
    string WindowFrom,
    string WindowTo,
    string? LateFrom,
    string? LateRecordedAfter,
    string Watermark,
    string GeneratedAt,
    IReadOnlyList<ManifestColumn> Columns,
    IReadOnlyList<ManifestFile> Files,
    string? FocusVersion,
    string? DueAt,
    string? SeriesFrom,
    ManifestNotKept? NotKept)
{
    /// <summary>2: several files, late rows, basis and zone. Readers of 1 that take its one file find it where it was.</summary>
    private const int Version = 2;

    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    public static Manifest Of(RunRow run, RunFiles files, DateTimeOffset now) => new(
        Version,
        run.RunId.ToString("D"),
        run.JobId?.ToString("D"),
        run.JobName,
        FileFormats.Split(run.Format).Format,
        run.Span.Basis.ToString().ToLowerInvariant(),
        run.Span.Period.Length == 0 ? null : run.Span.Period,
        run.TimeZone,
        ExportJson.Moment(run.From),
        ExportJson.Moment(run.To),
        run.Span.Late is { } late ? ExportJson.Moment(late.From) : null,
        run.Span.Late is { } since ? ExportJson.Moment(since.RecordedAfter) : null,
        ExportJson.Moment(run.Watermark),
        ExportJson.Moment(now),
        [.. FileFormats.ColumnsOf(run.Format)],
        [.. files.All.Select(ManifestFile.Of)],
        FileFormats.Split(run.Format).FocusVersion is { Length: > 0 } version ? version : null,
        run.DueAt is { } due ? ExportJson.Moment(due) : null,
        run.Span.SeriesFrom is { } seriesFrom ? ExportJson.Moment(seriesFrom) : null,
        ManifestNotKept.Of(run.Span));

    public byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Options), (byte)'\n'];
}

/// <summary>Usage that occurred in [From, To) and was recorded after RecordedAfter, whose records retention had dropped.</summary>
/// <param name="Note">For people: what it means for sums, and where the figures of then are.</param>
internal sealed record ManifestNotKept(string From, string To, string RecordedAfter, string Note)
{
    private const string Lacking =
        "Files of the series lack what was recorded of this time after recorded_after: its records were no longer kept (Retention__RecordMonths). The sums with it are in kt spend and kt periods list.";

    public static ManifestNotKept? Of(RunSpan span) => span.NotKept is var (from, to, after)
        ? new ManifestNotKept(ExportJson.Moment(from), ExportJson.Moment(to), ExportJson.Moment(after), Lacking)
        : null;
}

/// <param name="Type">string, timestamp, decimal, integer, boolean or map.</param>
internal sealed record ManifestColumn(string Name, string Type)
{
    public static ManifestColumn Of(string name, ColumnType type) => new(name, type.ToString().ToLowerInvariant());
}

/// <param name="UnpricedRowCount">Rows whose cost is null because there was no price when they were recorded; they are in the row count. A price that came later is a correction's row, here or in a later run. Of FOCUS they are in no row.</param>
/// <param name="Currency">Null when there is no row.</param>
/// <param name="BillingPeriod">Absent in manifests of version 1, whose only file is that of the window's first month.</param>
/// <param name="LateRowCount">Rows that occurred before the window, for which the column late is true.</param>
internal sealed record ManifestFile(
    string Key, long RowCount, long UnpricedRowCount, string CostSum, string? Currency, string Sha256, long Bytes, string BillingPeriod = "", long LateRowCount = 0,
    string LateCostSum = "0")
{
    public static ManifestFile Of(DataFile file) => new(
        file.Key, file.Figures.Rows, file.Figures.UnpricedRows, new Money(file.Figures.CostNanos).ToFixedString(), file.Currency.Length == 0 ? null : file.Currency,
        file.Sha256, file.Bytes, file.BillingPeriod, file.Figures.LateRows, new Money(file.Figures.LateCostNanos).ToFixedString());

    /// <summary>Null where an amount is none.</summary>
    public DataFile? ToDataFile() => Nanos(CostSum) is { } cost && Nanos(LateCostSum) is { } lateCost
        ? new DataFile(
            BillingPeriod.Length == 0 ? ObjectNames.PeriodOf(Key) : BillingPeriod, Key, new FileFigures(RowCount, UnpricedRowCount, cost, LateRowCount, lateCost),
            Currency ?? "", Sha256, Bytes)
        : null;

    private static long? Nanos(string amount) =>
        decimal.TryParse(amount, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) && Money.TryFromDecimal(number, out var money) ? money.Nanos : null;
}

/// <summary>What is read of a manifest, of any version.</summary>
internal sealed record ManifestIndex(string Watermark, IReadOnlyList<ManifestFile> Files)
{
    /// <summary>Null when the bytes are no manifest.</summary>
    public static async Task<ManifestIndex?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<ManifestIndex>(stream, Manifest.Options, cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
