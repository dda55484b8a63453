using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export.Files;
using Platform.Export.Files.Parquet;
using Platform.Export.Runs;

namespace Platform.Export.Tests;

/// <summary>Parquet files, read by DuckDB, which shares no code with what wrote them.</summary>
public class ParquetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Parquet_has_the_cells_of_json_as_their_types_and_sums_to_the_manifest()
    {
        await using var export = await TestExport.CreateAsync();
        var (json, parquet) = (await export.NewRunAsync(), await export.NewRunAsync("parquet"));
        var asJson = await export.Writer.WriteAsync(json, Records.Three().ToAsyncEnumerable(), Cancel);
        var asParquet = await export.Writer.WriteAsync(parquet, Records.Three().ToAsyncEnumerable(), Cancel);

        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(export.PathOf(json.Bucket, json.DataKey), Cancel));
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(export.PathOf(parquet.Bucket, parquet.ManifestKey), Cancel));
        var file = ParquetFile.At(export.PathOf(parquet.Bucket, parquet.DataKey));
        var columns = manifest.RootElement.GetProperty("columns").EnumerateArray().Select(column => (column.GetProperty("name").GetString()!, column.GetProperty("type").GetString()!)).ToList();
        Assert.Equal(columns.Select(column => (column.Item1, TypeOf(column.Item2))), ParquetFile.Ask($"SELECT column_name, column_type FROM (DESCRIBE FROM {file})").Select(row => (row[0]!, row[1]!)));
        var cells = string.Join(", ", columns.Select(column => column.Item2 == "timestamp"
            ? $"strftime(\"{column.Item1}\" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')" : $"\"{column.Item1}\"::VARCHAR"));
        Assert.Equal(document.RootElement.EnumerateArray().Select(row => row.EnumerateObject().Select(cell => Text(cell.Value))), ParquetFile.Ask($"SELECT {cells} FROM {file}"));

        var listed = manifest.RootElement.GetProperty("files")[0];
        Assert.Equal(
            [[listed.GetProperty("row_count").GetInt64().ToString(CultureInfo.InvariantCulture), listed.GetProperty("cost_sum").GetString()]],
            ParquetFile.Ask($"SELECT count(*)::VARCHAR, sum(cost)::VARCHAR FROM {file}"));
        Assert.Equal((asJson.Figures, "parquet", ".parquet"), (asParquet.Figures, manifest.RootElement.GetProperty("format").GetString(), Path.GetExtension(parquet.DataKey)));

        static string TypeOf(string type) => type switch
        {
            "timestamp" => "TIMESTAMP WITH TIME ZONE",
            "decimal" => "DECIMAL(38,9)",
            "integer" => "BIGINT",
            "boolean" => "BOOLEAN",
            _ => "VARCHAR",
        };

        static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    [Theory]
    [InlineData("1.4")]
    [InlineData("1.2")]
    public async Task Focus_as_parquet_has_the_cells_of_csv_and_every_product_to_its_last_digit(string version)
    {
        await using var export = await FocusTests.WithPricesAsync();
        var record = FocusRecords.Rated(1, new(1_000_001, 20, 7, 30, 11));
        UsageRecord[] records = [record, FocusRecords.TakenBack(2, record), FocusRecords.Repriced(3, record, 1_000_000_001), FocusRecords.Rated(4, new(100, 0, 0, 3, 0)), Records.Of(5, costNanos: null)];
        var (_, rows) = await FocusTests.WriteAsync(export, await export.NewRunAsync($"focus-{version}"), records);
        var parquet = await export.NewRunAsync($"focus-parquet-{version}");
        var files = await export.Writer.WriteAsync(parquet, records.ToAsyncEnumerable(), Cancel);
        var file = ParquetFile.At(export.PathOf(parquet.Bucket, parquet.DataKey));

        var columns = ParquetFile.Ask($"SELECT column_name, column_type FROM (DESCRIBE FROM {file})");
        Assert.Equal(rows[0].Keys, columns.Select(column => column[0]!));
        var cells = string.Join(", ", columns.Select(column => column[1] switch
        {
            "TIMESTAMP WITH TIME ZONE" => $"strftime(\"{column[0]}\" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S{(column[0]!.StartsWith("x_", StringComparison.Ordinal) ? ".%f" : "")}Z')",
            var type when type!.StartsWith("DECIMAL", StringComparison.Ordinal) && !type.EndsWith(",0)", StringComparison.Ordinal) && !IsFixed(column[0]!) => $"rtrim(rtrim(\"{column[0]}\"::VARCHAR, '0'), '.')",
            _ => $"\"{column[0]}\"::VARCHAR",
        }));
        Assert.Equal(rows.Select(row => row.Values.Select(cell => cell.Length > 0 ? cell : null)), ParquetFile.Ask($"SELECT {cells} FROM {file}"));
        foreach (var (name, places) in new[] { ("BilledCost", 9), ("EffectiveCost", 9), ("ListCost", 15), ("ContractedCost", 21) })
        {
            var sum = rows.Aggregate(BigInteger.Zero, (sum, row) => sum + (ExactDecimal.TryParse(row[name], places, 38, out var value) ? (BigInteger)value : throw new InvalidDataException(row[name])));
            Assert.Equal($"DECIMAL(38,{places})", columns.Single(column => column[0] == name)[1]);
            Assert.Equal(sum, BigInteger.Parse(ParquetFile.Ask($"SELECT sum({name})::VARCHAR FROM {file}")[0][0]!.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
        }

        Assert.Equal((rows.Count, records.Sum(told => told.Cost?.TotalNanos ?? 0), 1L), (files.Figures.Rows, files.Figures.CostNanos, files.Figures.UnpricedRows));

        // Money has all of its places in csv too; where there is no rate, list and contracted cost are money.
        static bool IsFixed(string name) => name is "BilledCost" or "EffectiveCost";
    }

    [Fact]
    public async Task Same_records_make_the_same_bytes_and_none_make_columns_without_rows()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync("parquet");
        var first = await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        File.Delete(export.PathOf(run.Bucket, run.ManifestKey));
        Assert.Equal(first, await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel));

        var empty = await export.NewRunAsync("parquet");
        await export.Writer.WriteAsync(empty, AsyncEnumerable.Empty<UsageRecord>(), Cancel);
        Assert.Equal([["0", null]], ParquetFile.Ask($"SELECT count(*)::VARCHAR, sum(cost)::VARCHAR FROM {ParquetFile.At(export.PathOf(empty.Bucket, empty.DataKey))}"));
    }

    [Fact]
    public async Task Rows_are_written_a_group_at_a_time_and_found_by_what_the_groups_say_of_themselves()
    {
        var (target, file) = (new ArrayBufferWriter<byte>(), Path.GetTempFileName());
        try
        {
            using (var rows = Usage())
            {
                foreach (var number in Enumerable.Range(1, 10))
                {
                    rows.Write(target, new ExportRow(Records.Of(number, costNanos: number % 4 == 0 ? null : number - 5), false), number == 1);
                    if (rows.Held == 3)
                    {
                        rows.WriteHeld(target);
                    }

                    Assert.Equal(number >= 3, target.WrittenCount > 4);
                }

                rows.End(target, isEmpty: false);
            }

            await File.WriteAllBytesAsync(file, target.WrittenMemory, Cancel);
            Assert.Equal([["3", "ZSTD"], ["3", "ZSTD"], ["3", "ZSTD"], ["1", "ZSTD"]], ParquetFile.Ask($"SELECT row_group_num_rows::VARCHAR, compression FROM parquet_metadata('{file}') WHERE path_in_schema = 'cost'"));

            // Readers leave groups out by these: wrong ones would lose rows.
            Assert.Equal("6", ParquetFile.Ask($"SELECT count(*)::VARCHAR FROM read_parquet('{file}') WHERE occurred_at >= TIMESTAMPTZ '2026-06-10 12:05:00+00'")[0][0]);
            Assert.Equal("3", ParquetFile.Ask($"SELECT count(*)::VARCHAR FROM read_parquet('{file}') WHERE cost < 0")[0][0]);
            Assert.Equal("2", ParquetFile.Ask($"SELECT count(*)::VARCHAR FROM read_parquet('{file}') WHERE cost IS NULL")[0][0]);
            Assert.Equal("1", ParquetFile.Ask($"SELECT count(*)::VARCHAR FROM read_parquet('{file}') WHERE record_id = '{Records.Of(10).RecordId}'")[0][0]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Months_of_a_run_hold_together_no_more_rows_than_one_would()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync("parquet");
        RunFiles files;
        await using (var parts = new PeriodFiles(export.Store, run, _ => Usage(), rowsHeld: 4))
        {
            foreach (var (booked, number) in "jjjJJJJjAA".Select((booked, index) => (booked, index + 1)))
            {
                var record = Records.Of(number);
                record.BookedAt = Timestamp.FromDateTimeOffset(new(2026, booked == 'j' ? 6 : booked == 'J' ? 7 : 8, 1, 0, 0, 0, TimeSpan.Zero));
                await parts.AddAsync(new ExportRow(record, false), Cancel);
            }

            files = await parts.CompleteAsync(Cancel);
        }

        Assert.Equal(
            ["2026-06: 3,1", "2026-07: 4", "2026-08: 2"],
            files.All.Select(file => $"{file.BillingPeriod}: {string.Join(',', ParquetFile.Ask($"SELECT row_group_num_rows::VARCHAR FROM parquet_metadata('{export.PathOf(run.Bucket, file.Key)}') WHERE path_in_schema = 'cost'").Select(group => group[0]))}"));
        Assert.Equal([4L, 4L, 2L], files.All.Select(file => file.Figures.Rows));
    }

    [Fact]
    public void Figure_that_no_column_holds_ends_the_file_instead_of_being_rounded()
    {
        using var rows = new ParquetRows([new ParquetColumn("ContractedCost", ColumnType.Decimal, 21)], _ => [["100000000000000000"]]);
        var error = Assert.Throws<InvalidDataException>(() => rows.Write(new ArrayBufferWriter<byte>(), new ExportRow(Records.Of(1), false), isFirst: true));
        Assert.Equal("ContractedCost is 100000000000000000 in one row, and Parquet has 38 digits, 21 of them behind the point. Export csv, which has as many as there are.", error.Message);
    }

    [Fact]
    public async Task Preview_of_parquet_has_its_runs_figures_and_bytes()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync("parquet");
        var files = await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        var preview = await export.Preview.ExecuteAsync(
            new PreviewRequest { From = Timestamp.FromDateTimeOffset(run.From), To = Timestamp.FromDateTimeOffset(run.To), Format = "parquet" }, Cancel);
        Assert.Equal((files.Figures.Rows, files.Figures.CostNanos, files.Bytes), (preview.Rows, preview.CostNanos, preview.Bytes));
    }

    private static ParquetRows Usage() => new(
        [.. UsageColumns.All.Select(column => new ParquetColumn(column.Name, column.Type))], row => [[.. UsageColumns.All.Select(column => column.Read(row))]]);
}
