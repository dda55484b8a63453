using System.Globalization;
using System.Numerics;
using System.Text.Json;
using CsCheck;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export.Files;
using Platform.Export.Files.Focus;
using Platform.Export.Runs;
using Platform.Rating;
using static Platform.Export.Tests.FocusRecords;

namespace Platform.Export.Tests;

public class FocusTests
{
    private static readonly PriceRow Undiscounted = new()
    {
        PriceId = 8, Provider = "openai", Model = "gpt-4o-mini", Currency = "USD", Tier = "batch", Region = "eu-west", InputPerMillion = 1_000_000_000, PerRequest = 20,
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Row_says_list_price_discount_and_context_tier_exactly()
    {
        await using var export = await WithPricesAsync();
        var (_, rows) = await WriteAsync(export, await export.NewRunAsync("focus-1.4"), [Rated(1, new(1_000_001, 0, 0, 30, 0)), Rated(2, new(100, 0, 0, 0, 0))]);

        var dear = rows[0];
        Assert.Equal(("Input Tokens", "1000001", "Tokens", "1.000001", "1000000 Tokens"), (
            dear["SkuMeter"], dear["ConsumedQuantity"], dear["ConsumedUnit"], dear["PricingQuantity"], dear["PricingUnit"]));
        Assert.Equal(("0.300000007", "0.300000307000007", "openai/gpt-4o-mini/input/standard/above-200000"), (dear["ListUnitPrice"], dear["ListCost"], dear["SkuPriceId"]));
        Assert.Equal("0.262962906135801", dear["ContractedUnitPrice"]);
        Assert.Equal("""{"x_ServiceTier":"standard","x_AboveInputTokens":"200000"}""", dear["SkuPriceDetails"]);
        Assert.Equal(("openai/gpt-4o-mini/input", "team_support", "Team", "2026-06-10T12:01:00Z", "2026-06-10T12:01:01Z"), (
            dear["SkuId"], dear["SubAccountId"], dear["SubAccountType"], dear["ChargePeriodStart"], dear["ChargePeriodEnd"]));
        Assert.Equal(["Input Tokens", "Output Tokens", "Requests", "Input Tokens", "Requests"], rows.Select(row => row["SkuMeter"]));
        Assert.Equal(("openai/gpt-4o-mini/input/standard", "openai/gpt-4o-mini/request/standard", "0.000001001"), (rows[3]["SkuPriceId"], rows[4]["SkuPriceId"], rows[4]["ListUnitPrice"]));
        Assert.Equal(("Support desk", "gpt-4o-mini-2024-07-18", "7"), (dear["SubAccountName"], dear["x_Model"], dear["x_PriceId"]));
        Assert.Equal("""{"app":"help \"desk\" ü","zone":"eu"}""", dear["Tags"]);
    }

    [Fact]
    public async Task Refused_request_is_no_charge_and_one_that_was_charged_before_is_a_request()
    {
        await using var export = await WithPricesAsync();
        var (refused, charged, used) = (Rated(1, default), Rated(2, default), Rated(3, new(100, 0, 0, 0, 0)));
        foreach (var record in new[] { refused, charged, used })
        {
            record.Event.Outcome = Outcome.Failed;
        }

        refused.Cost = new();
        var (_, rows) = await WriteAsync(export, await export.NewRunAsync("focus-1.4"), [refused, charged, used]);
        Assert.Equal(
            [(charged.RecordId, "Requests", "1"), (used.RecordId, "Input Tokens", "100"), (used.RecordId, "Requests", "1")],
            rows.Select(row => (row["x_RecordId"], row["SkuMeter"], row["ConsumedQuantity"])));
        Assert.Equal((charged.Cost.TotalNanos + used.Cost.TotalNanos, "0.000001001"), (rows.Sum(row => Nanos(row["BilledCost"])), rows[0]["ListCost"]));
    }

    [Fact]
    public async Task Correction_of_tokens_is_usage_taken_back_at_the_unit_price_of_its_records_tier()
    {
        await using var export = await WithPricesAsync();
        var record = Rated(1, new(1_000_001, 0, 0, 30, 0));
        var (_, rows) = await WriteAsync(export, await export.NewRunAsync("focus-1.4"), [record, TakenBack(2, record)]);

        foreach (var (told, back) in rows.Take(3).Zip(rows.Skip(3)))
        {
            Assert.Equal(("Usage", "", $"-{told["ListCost"]}", $"-{told["BilledCost"]}", $"-{told["ConsumedQuantity"]}"), (
                back["ChargeCategory"], back["ChargeClass"], back["ListCost"], back["BilledCost"], back["ConsumedQuantity"]));
            Assert.Equal((told["SkuPriceId"], told["ListUnitPrice"], record.RecordId), (back["SkuPriceId"], back["ListUnitPrice"], back["x_CorrectsRecordId"]));
        }
    }

    [Fact]
    public async Task Price_that_came_late_is_an_adjustment_without_a_unit_price()
    {
        await using var export = await WithPricesAsync();
        var (_, rows) = await WriteAsync(export, await export.NewRunAsync("focus-1.4"), [Repriced(2, Rated(1, new(100, 0, 0, 0, 0)), 1_000_000_001)]);

        var row = Assert.Single(rows);
        Assert.Equal(("Adjustment", "", "1.000000001", "1.000000001", "1.000000001", "One-Time"), (
            row["ChargeCategory"], row["ChargeClass"], row["BilledCost"], row["ListCost"], row["ContractedCost"], row["ChargeFrequency"]));
        Assert.Equal(("", "", "", "openai/gpt-4o-mini/input", "7"), (
            row["SkuPriceId"], row["ListUnitPrice"], row["PricingQuantity"], row["SkuId"], row["x_PriceId"]));
        Assert.Equal("Adjustment of the cost of Input Tokens of openai/gpt-4o-mini-2024-07-18", row["ChargeDescription"]);
    }

    [Fact]
    public async Task Money_without_tokens_is_a_credit_or_an_adjustment_of_no_sku()
    {
        await using var export = await WithPricesAsync();
        var (_, rows) = await WriteAsync(export, await export.NewRunAsync("focus-1.4"), [Adjusted(1, -12_500_000_001), Adjusted(2, 7)]);

        Assert.Equal(["Credit -12.500000001", "Adjustment 0.000000007"], rows.Select(row => $"{row["ChargeCategory"]} {row["BilledCost"]}"));
        Assert.All(rows, row => Assert.Equal((row["BilledCost"], row["BilledCost"], row["BilledCost"], "One-Time"), (row["EffectiveCost"], row["ListCost"], row["ContractedCost"], row["ChargeFrequency"])));
        Assert.All(rows, row => Assert.Equal(("", "", "", "", "", ""), (row["SkuId"], row["SkuMeter"], row["SkuPriceId"], row["ListUnitPrice"], row["ConsumedQuantity"], row["PricingUnit"])));
        Assert.Equal(("Credit of openai, INV-7: outage", "Adjustment of openai, INV-7: outage"), (rows[0]["ChargeDescription"], rows[1]["ChargeDescription"]));
    }

    [Fact]
    public async Task What_corrects_a_closed_month_is_a_correction_and_late_usage_of_it_is_not()
    {
        await using var export = await WithPricesAsync();
        var late = Rated(1, new(100, 0, 0, 0, 0));
        UsageRecord[] records = [late, TakenBack(2, late), Repriced(3, late, 5), Adjusted(1, -7)];
        foreach (var record in records)
        {
            record.BookedAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));
        }

        var run = await export.NewRunAsync("focus-1.4");
        var files = await export.Writer.WriteAsync(run, records.ToAsyncEnumerable(), Cancel);

        var file = Assert.Single(files.All);
        var rows = CsvFile.Read(await File.ReadAllTextAsync(export.PathOf(run.Bucket, file.Key), Cancel));
        Assert.Equal(["Usage ", "Usage ", "Usage Correction", "Usage Correction", "Adjustment Correction", "Credit Correction"], rows.Select(row => $"{row["ChargeCategory"]} {row["ChargeClass"]}"));
        Assert.All(rows, row => Assert.Equal(("2026-07-01T00:00:00Z", "2026-06-10T12:01:00Z"), (row["BillingPeriodStart"], row["ChargePeriodStart"])));
    }

    [Fact]
    public async Task Cost_whose_price_version_is_not_known_stays_in_the_sum()
    {
        await using var export = await WithPricesAsync();
        var fromNothing = Rated(9, new(100, 0, 0, 0, 0));
        fromNothing.Event.PriceId = 9;
        var (_, unknown) = await WriteAsync(export, await export.NewRunAsync("focus-1.4"), [fromNothing]);
        Assert.Equal(("Adjustment", "", "", unknown[0]["BilledCost"]), (
            unknown[0]["ChargeCategory"], unknown[0]["ListUnitPrice"], unknown[0]["SkuPriceId"], unknown[0]["ListCost"]));
        Assert.Equal(fromNothing.Cost.TotalNanos, unknown.Sum(row => Nanos(row["BilledCost"])));
    }

    [Fact]
    public async Task Usage_without_a_price_is_in_no_row_and_counted()
    {
        await using var export = await WithPricesAsync();
        export.Read = (_, _) => Records.Three().Skip(1).Take(1).ToAsyncEnumerable();
        var run = await export.NewRunAsync("focus-1.4");
        Assert.True(await export.Executor.ExecuteAsync(run.RunId, Cancel));

        var done = (await export.Runs.FindAsync(run.RunId, Cancel))!;
        Assert.Equal((RunStatus.Completed, 0L, 1L), (done.Status, done.Files!.Figures.Rows, done.ToContract().UnpricedRecords));
        var text = await File.ReadAllTextAsync(export.PathOf(run.Bucket, run.DataKey), Cancel);
        Assert.Empty(CsvFile.Read(text));
        var manifest = await File.ReadAllTextAsync(export.PathOf(run.Bucket, run.ManifestKey), Cancel);
        Assert.Contains("\"unpriced_row_count\": 1", manifest, StringComparison.Ordinal);
        Assert.Contains("\"format\": \"focus\"", manifest, StringComparison.Ordinal);
        Assert.Contains("\"focus_version\": \"1.4\"", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Same_records_make_the_same_bytes()
    {
        await using var export = await WithPricesAsync();
        var run = await export.NewRunAsync("focus-1.4");
        UsageRecord[] records = [Rated(1, new(100, 20, 0, 30, 0)), .. Records.Three()];
        var (first, _) = await WriteAsync(export, run, records);
        File.Delete(export.PathOf(run.Bucket, run.ManifestKey));
        Assert.Equal(first, (await WriteAsync(export, run, records)).Files);
    }

    [Fact]
    public async Task Prices_or_teams_that_do_not_answer_fail_the_try_which_is_made_again()
    {
        await using var export = await WithPricesAsync();
        var (prices, teams) = (export.Prices, export.Teams);
        var run = await export.NewRunAsync("focus-1.4");
        export.Prices = () => throw new Grpc.Core.RpcException(new(Grpc.Core.StatusCode.Unavailable, "down"));
        Assert.Equal(RunStatus.Failed, await TryAsync());
        (export.Prices, export.Teams) = (prices, () => throw new Grpc.Core.RpcException(new(Grpc.Core.StatusCode.Unavailable, "down")));
        Assert.Equal(RunStatus.Failed, await TryAsync());
        export.Teams = teams;
        Assert.Equal(RunStatus.Completed, await TryAsync());

        async Task<RunStatus> TryAsync()
        {
            export.Time.Advance(TimeSpan.FromMinutes(1));
            await export.WorkAsync();
            return (await export.Runs.FindAsync(run.RunId, Cancel))!.Status;
        }
    }

    [Fact]
    public async Task Cost_of_all_formats_is_the_ledger_s_to_the_nano_whatever_was_recorded()
    {
        await using var export = await WithPricesAsync();
        var counts = Gen.OneOf(Gen.Const(0L), Gen.Long[0, 50], Gen.Long[0, 900_000_000]);
        var record = Gen.Select(counts, counts, counts, counts, Gen.Int[0, 6], Gen.Long[-1_000_000_000_000, 1_000_000_000_000]);
        await record.Array[0, 20].SampleAsync(CompareAsync, iter: 12, threads: 1);

        async Task CompareAsync((long Input, long Cached, long Written, long Output, int What, long Nanos)[] made)
        {
            var records = made.Select((one, i) => (Whole: Rated(i + 1, new(one.Input, one.Cached, one.Written, one.Output, one.Cached)), one.What, one.Nanos)).Select((one, i) => one.What switch
            {
                0 => Records.Of(i + 1, costNanos: null),
                1 => TakenBack(i + 1, one.Whole),
                2 => Repriced(i + 1, one.Whole, one.Nanos),
                3 => Adjusted(i + 1, one.Nanos),
                _ => one.Whole,
            }).ToList();
            export.Read = (_, _) => records.ToAsyncEnumerable();
            var sum = records.Sum(record => record.Cost?.TotalNanos ?? 0);
            foreach (var format in FileFormats.Words)
            {
                var run = await export.NewRunAsync(format);
                Assert.True(await export.Executor.ExecuteAsync(run.RunId, Cancel));
                var figures = (await export.Runs.FindAsync(run.RunId, Cancel))!.Files!.Figures;
                Assert.Equal((sum, records.LongCount(record => record.Cost is null)), (figures.CostNanos, figures.UnpricedRows));
                var path = export.PathOf(run.Bucket, run.DataKey);
                var (id, cost) = format is FileFormats.Json or FileFormats.Csv or FileFormats.Parquet ? ("record_id", "cost") : ("x_RecordId", "BilledCost");
                var costs = FileFormats.ExtensionOf(format) switch
                {
                    "json" => CostsOfJson(await File.ReadAllTextAsync(path, Cancel)),
                    "csv" => CsvFile.Read(await File.ReadAllTextAsync(path, Cancel)).Select(row => (row[id], row[cost])),
                    _ => ParquetFile.Ask($"SELECT \"{id}\", \"{cost}\"::VARCHAR FROM {ParquetFile.At(path)}").Select(row => (row[0]!, row[1] ?? "")),
                };
                Assert.Equal(
                    records.Where(record => record.Cost is { TotalNanos: not 0 }).Select(record => (record.RecordId, record.Cost.TotalNanos)),
                    costs.Where(cost => cost.Item2.Length > 0).GroupBy(cost => cost.Item1).Select(of => (of.Key, of.Sum(cost => Nanos(cost.Item2)))).Where(of => of.Item2 != 0));
            }
        }

        static IEnumerable<(string, string)> CostsOfJson(string text)
        {
            using var document = JsonDocument.Parse(text);
            return [.. document.RootElement.EnumerateArray().Select(row => (row.GetProperty("record_id").GetString()!, row.GetProperty("cost").GetString() ?? ""))];
        }
    }

    [Fact]
    public async Task Series_tells_late_rows_apart_and_sums_to_everything()
    {
        await using var export = await WithPricesAsync();
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        var weekly = TestExport.Weekly();
        (weekly.Format, weekly.FocusVersion, weekly.Window) = ("focus", "1.2", "interval");
        var job = await export.Schedule.ExecuteAsync(weekly, "key_test", Cancel);
        Assert.Equal("focus-1.2", job.Settings.Format);
        var due = new DateTimeOffset(2026, 6, 15, 6, 0, 0, TimeSpan.Zero);
        ledger.Record(due.AddDays(-1), due.AddDays(-1), 1_001);
        export.Time.SetUtcNow(due);
        await export.WorkAsync();
        ledger.Record(due.AddDays(-2), due.AddHours(1), 20_002);
        export.Time.SetUtcNow(due.AddDays(7));
        await export.WorkAsync();

        var runs = (await export.Runs.ListAsync(null, null, 10, Cancel)).OrderBy(run => run.From).ToList();
        Assert.Equal((4L, 20_002L), (runs[1].Files!.Figures.LateRows, runs[1].Files!.Figures.LateCostNanos));
        var rows = runs.SelectMany(run => CsvFile.Read(File.ReadAllText(export.PathOf(run.Bucket, run.DataKey)))).ToList();
        Assert.Equal(21_003, rows.Sum(row => Nanos(row["BilledCost"])));
        Assert.Equal(20_002, rows.Where(row => row["x_Late"] == "true").Sum(row => Nanos(row["BilledCost"])));
    }

    [Theory]
    [InlineData("focus", "", "focus 1.4")]
    [InlineData("focus", "1.2", "focus 1.2")]
    [InlineData("focus", "1.3", null)]
    [InlineData("csv", "1.2", null)]
    [InlineData("focus-1.2", "", null)]
    [InlineData("focus-parquet", "", "focus-parquet 1.4")]
    [InlineData("focus-parquet", "1.2", "focus-parquet 1.2")]
    [InlineData("focus", "parquet-1.2", null)]
    [InlineData("parquet", "", "parquet ")]
    [InlineData("parquet", "1.2", null)]
    [InlineData("", "1.2", null)]
    public async Task Version_goes_with_focus_alone(string format, string version, string? kept)
    {
        await using var export = await TestExport.CreateAsync();
        var request = TestExport.Weekly();
        (request.Format, request.FocusVersion) = (format, version);
        if (kept is null)
        {
            var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => export.Schedule.ExecuteAsync(request, "key_test", Cancel));
            Assert.Equal(Reasons.FormatUnsupported, RpcErrors.ReasonOf(refused));
            return;
        }

        var shown = (await export.Schedule.ExecuteAsync(request, "key_test", Cancel)).ToContract(null, TestExport.Start, TimeZoneInfo.Utc);
        Assert.Equal(kept, $"{shown.Format} {shown.FocusVersion}");
    }

    [Fact]
    public async Task Change_of_format_leaves_the_version_and_change_of_version_the_format()
    {
        await using var export = await TestExport.CreateAsync();
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        Assert.Equal("focus-1.4", await ChangeAsync(new() { Format = "focus" }));
        Assert.Equal("focus-1.2", await ChangeAsync(new() { FocusVersion = "1.2" }));
        Assert.Equal("focus-1.2", await ChangeAsync(new() { Prefix = "other" }));
        Assert.Equal("focus-parquet-1.2", await ChangeAsync(new() { Format = "focus-parquet" }));
        Assert.Equal("focus-1.2", await ChangeAsync(new() { Format = "focus" }));
        Assert.Equal("csv", await ChangeAsync(new() { Format = "csv" }));

        async Task<string> ChangeAsync(UpdateJobRequest change)
        {
            (change.Job, change.IdempotencyKey) = ("weekly-spend-forecast", Guid.NewGuid().ToString());
            await export.Change.UpdateAsync(change, "key_test", Cancel);
            return (await export.Jobs.FindAsync("weekly-spend-forecast", Cancel))!.Settings.Format;
        }
    }

    [Theory]
    [InlineData("0", 9, "0")]
    [InlineData("-1", 6, "-0.000001")]
    [InlineData("1500000", 6, "1.5")]
    [InlineData("-120", 0, "-120")]
    [InlineData("99999999999999999999999999999999999999", 21, "99999999999999999.999999999999999999999")]
    [InlineData("-99999999999999999999999999999999999999", 0, "-99999999999999999999999999999999999999")]
    public void Decimals_are_never_rounded_and_are_read_back(string value, int places, string text)
    {
        Assert.Equal(text, ExactDecimal.Of(Int128.Parse(value, CultureInfo.InvariantCulture), places));
        Assert.True(ExactDecimal.TryParse(text, places, 38, out var read));
        Assert.Equal(value, read.ToString(CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("0.1234567891", 9, false)]
    [InlineData("0.1234567890", 9, true)]
    [InlineData("99999999999999999999999999999", 9, true)]
    [InlineData("100000000000000000000000000000", 9, false)]
    [InlineData("-100000000000000000000000000000", 9, false)]
    [InlineData("000100.50", 1, true)]
    public void Decimal_with_more_digits_than_a_column_has_is_not_read(string text, int places, bool isRead) =>
        Assert.Equal(isRead, ExactDecimal.TryParse(text, places, 38, out _));

    internal static async Task<TestExport> WithPricesAsync()
    {
        var export = await TestExport.CreateAsync();
        export.Teams = () => Task.FromResult(new ListTeamsResponse { Teams = { new Team { TeamId = "team_support", Name = "Support desk" } } });
        export.Prices = () => Task.FromResult(new ListPricesResponse { Prices = { FocusRecords.Price, Undiscounted } });
        return export;
    }

    internal static async Task<(Files.RunFiles Files, List<Dictionary<string, string>> Rows)> WriteAsync(TestExport export, RunRow run, UsageRecord[] records)
    {
        var files = await export.Writer.WriteAsync(run, records.ToAsyncEnumerable(), Cancel);
        return (files, CsvFile.Read(await File.ReadAllTextAsync(export.PathOf(run.Bucket, run.DataKey), Cancel)));
    }

    internal static long Nanos(string amount) => (long)(decimal.Parse(amount, CultureInfo.InvariantCulture) * 1_000_000_000);

    internal static bool IsProduct(string unitPrice, string quantity, string cost)
    {
        var ((left, places), (right, more), (product, all)) = (Scaled(unitPrice), Scaled(quantity), Scaled(cost));
        return left * right * BigInteger.Pow(10, all) == product * BigInteger.Pow(10, places + more);
    }

    private static (BigInteger Value, int Places) Scaled(string text) =>
        (BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), text.Contains('.', StringComparison.Ordinal) ? text.Length - text.IndexOf('.', StringComparison.Ordinal) - 1 : 0);
}
