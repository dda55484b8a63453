using System.Globalization;
using System.Text.Json;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Metering.V1;

namespace Platform.Export.Tests;

public class CsvTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Csv_has_the_cells_of_json_to_the_last_digit()
    {
        await using var export = await TestExport.CreateAsync();
        var (json, csv) = (await export.NewRunAsync(), await export.NewRunAsync("csv"));
        var asJson = await export.Writer.WriteAsync(json, Records.Three().ToAsyncEnumerable(), Cancel);
        var asCsv = await export.Writer.WriteAsync(csv, Records.Three().ToAsyncEnumerable(), Cancel);

        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(export.PathOf(json.Bucket, json.DataKey), Cancel));
        var rows = CsvFile.Read(await File.ReadAllTextAsync(export.PathOf(csv.Bucket, csv.DataKey), Cancel));
        Assert.Equal(
            document.RootElement.EnumerateArray().Select(row => string.Join('\n', row.EnumerateObject().Select(cell => $"{cell.Name}={Text(cell.Value)}"))),
            rows.Select(row => string.Join('\n', row.Select(cell => $"{cell.Key}={cell.Value}"))));
        Assert.Equal(asJson.Figures, asCsv.Figures);
        Assert.EndsWith(".csv", csv.DataKey, StringComparison.Ordinal);
        Assert.Equal(
            asCsv.Figures.CostNanos, rows.Where(row => row["cost"].Length > 0).Sum(row => (long)(decimal.Parse(row["cost"], CultureInfo.InvariantCulture) * 1_000_000_000)));
        Assert.Equal(["0.000123450", "", "-0.000000450"], rows.Select(row => row["cost"]));
        Assert.Equal("2026-06-10T12:01:00.000001Z", rows[0]["occurred_at"]);

        // The manifest says what it is.
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(export.PathOf(csv.Bucket, csv.ManifestKey), Cancel));
        Assert.Equal("csv", manifest.RootElement.GetProperty("format").GetString());
        Assert.Equal(rows[0].Keys, manifest.RootElement.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()!));

        static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Null ? "" : value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    [Fact]
    public async Task Same_records_make_the_same_bytes_and_none_make_a_header()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync("csv");
        var first = await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        File.Delete(export.PathOf(run.Bucket, run.ManifestKey));
        Assert.Equal(first, await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel));

        var empty = await export.NewRunAsync("csv");
        await export.Writer.WriteAsync(empty, AsyncEnumerable.Empty<UsageRecord>(), Cancel);
        var header = await File.ReadAllTextAsync(export.PathOf(empty.Bucket, empty.DataKey), Cancel);
        Assert.StartsWith("record_id,attempt_id,", header, StringComparison.Ordinal);
        Assert.Empty(CsvFile.Read(header));
    }

    [Fact]
    public async Task What_others_wrote_stays_in_its_cell_and_is_no_formula()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync("csv");
        var record = Records.Of(1, costNanos: -5);
        (record.Event.UserId, record.Event.RouteReason, record.Event.ApplicationId) = ("=HYPERLINK(\"http://x\",\"y\")", "one,\r\n\"two\" 😀", "@SUM(A1)");

        await export.Writer.WriteAsync(run, new[] { record }.ToAsyncEnumerable(), Cancel);

        var row = Assert.Single(CsvFile.Read(await File.ReadAllTextAsync(export.PathOf(run.Bucket, run.DataKey), Cancel)));
        Assert.Equal(
            ("'=HYPERLINK(\"http://x\",\"y\")", "one,\r\n\"two\" 😀", "'@SUM(A1)", "-0.000000005"), (row["user_id"], row["route_reason"], row["application_id"], row["cost"]));
        Assert.Equal("""{"app":"help \"desk\" ü","zone":"eu"}""", row["tags"]);
    }

    [Theory]
    [InlineData("＝1+1", "'＝1+1")]
    [InlineData("＋1", "'＋1")]
    [InlineData("－1", "'－1")]
    [InlineData("＠SUM(A1)", "'＠SUM(A1)")]
    [InlineData("\n=1+1", "\"'\n=1+1\"")]
    [InlineData("a=1", "a=1")]
    [InlineData("", "")]
    public void Text_that_a_spreadsheet_may_take_for_a_formula_has_an_apostrophe(string text, string cell) => Assert.Equal(cell, CsvCell.OfText(text));

    [Fact]
    public async Task Series_of_csv_tells_late_rows_apart_and_sums_to_everything()
    {
        await using var export = await TestExport.CreateAsync();
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        var weekly = TestExport.Weekly();
        (weekly.Format, weekly.Window) = ("csv", "interval");
        await export.Schedule.ExecuteAsync(weekly, "key_test", Cancel);
        var due = new DateTimeOffset(2026, 6, 15, 6, 0, 0, TimeSpan.Zero);
        ledger.Record(due.AddDays(-1), due.AddDays(-1), 1_001);
        export.Time.SetUtcNow(due);
        await export.WorkAsync();
        ledger.Record(due.AddDays(-2), due.AddHours(1), 20_002);
        ledger.Record(due.AddDays(1), due.AddDays(1), 300_003);
        export.Time.SetUtcNow(due.AddDays(7));
        await export.WorkAsync();

        var rows = new List<Dictionary<string, string>>();
        foreach (var run in (await export.Runs.ListAsync(null, null, 10, Cancel)).OrderBy(run => run.From))
        {
            rows.AddRange(CsvFile.Read(await File.ReadAllTextAsync(export.PathOf(run.Bucket, run.DataKey), Cancel)));
        }

        Assert.Equal([("0.000001001", "false"), ("0.000020002", "true"), ("0.000300003", "false")], rows.Select(row => (row["cost"], row["late"])));
    }

    [Fact]
    public async Task Job_is_changed_to_csv_and_another_format_is_refused_with_what_there_is()
    {
        await using var export = await TestExport.CreateAsync();
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = "weekly-spend-forecast", Format = "csv", IdempotencyKey = "1" }, "key_test", Cancel);
        Assert.Equal("csv", (await export.Jobs.FindAsync("weekly-spend-forecast", Cancel))!.Settings.Format);

        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => export.Change.UpdateAsync(
            new UpdateJobRequest { Job = "weekly-spend-forecast", Format = "xlsx", IdempotencyKey = "2" }, "key_test", Cancel));
        Assert.Equal((Reasons.FormatUnsupported, true), (RpcErrors.ReasonOf(refused), refused.Status.Detail.Contains("json, csv, parquet, focus or focus-parquet", StringComparison.Ordinal)));
    }
}
