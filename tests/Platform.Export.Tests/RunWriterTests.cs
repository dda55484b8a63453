using System.Security.Cryptography;
using Platform.Contracts.Metering.V1;
using Platform.Export.Files;

namespace Platform.Export.Tests;

public class RunWriterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Data_file_and_manifest_of_a_small_run_are_these_bytes()
    {
        await using var export = await TestExport.CreateAsync();
        var runId = Guid.Parse("0190a000-0000-7000-8000-00000000000f");
        var run = (await export.NewRunAsync()) with { RunId = runId, DataKey = "ai-spend/one-off/data/BILLING_PERIOD=2026-06/f.json", ManifestKey = "ai-spend/one-off/metadata/f-Manifest.json" };

        var file = Assert.Single((await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel)).All);

        await AssertSnapshotAsync("small-export-Manifest.json", export.PathOf(run.Bucket, run.ManifestKey));
        await AssertSnapshotAsync("small-export.json", export.PathOf(run.Bucket, run.DataKey));
        Assert.Equal((3L, 1L, 123_000L, "USD"), (file.Figures.Rows, file.Figures.UnpricedRows, file.Figures.CostNanos, file.Currency));
        var bytes = await File.ReadAllBytesAsync(export.PathOf(run.Bucket, run.DataKey), Cancel);
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(bytes)), (long)bytes.Length), (file.Sha256, file.Bytes));
    }

    [Fact]
    public async Task Empty_run_is_an_empty_array_with_a_manifest()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        var file = Assert.Single((await export.Writer.WriteAsync(run, AsyncEnumerable.Empty<UsageRecord>(), Cancel)).All);
        Assert.Equal("[]\n", await File.ReadAllTextAsync(export.PathOf(run.Bucket, run.DataKey), Cancel));
        Assert.Equal((default(FileFigures), "", run.DataKey), (file.Figures, file.Currency, file.Key));
        Assert.True(File.Exists(export.PathOf(run.Bucket, run.ManifestKey)));
    }

    [Fact]
    public async Task Interrupted_source_leaves_nothing_that_a_reader_sees_and_the_next_try_completes()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();

        await Assert.ThrowsAsync<IOException>(() => export.Writer.WriteAsync(run, BreakAfterAsync(5_000), Cancel));
        Assert.False(Directory.Exists(Path.Combine(export.Folder, run.Bucket)));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(export.Folder, ".incoming")));

        var file = await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        Assert.Equal(3, file.Figures.Rows);
    }

    [Fact]
    public async Task Crash_between_data_and_manifest_shows_no_manifest_and_the_same_run_completes_with_the_same_bytes()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        var first = await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        File.Delete(export.PathOf(run.Bucket, run.ManifestKey));

        var second = await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);

        Assert.Equal(first, second);
        Assert.True(File.Exists(export.PathOf(run.Bucket, run.ManifestKey)));
    }

    [Fact]
    public async Task Crash_after_the_manifest_keeps_what_readers_may_have_seen()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        var first = await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        var manifest = await File.ReadAllBytesAsync(export.PathOf(run.Bucket, run.ManifestKey), Cancel);
        export.Time.Advance(TimeSpan.FromMinutes(1));

        var second = await export.Writer.WriteAsync(run, ThrowWhenReadAsync(), Cancel);

        Assert.Equal(first, second);
        Assert.Equal(manifest, await File.ReadAllBytesAsync(export.PathOf(run.Bucket, run.ManifestKey), Cancel));
    }

    [Fact]
    public async Task Manifest_of_version_1_is_read_with_the_period_that_its_key_names()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        var first = await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        var path = export.PathOf(run.Bucket, run.ManifestKey);
        var manifest = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(path, Cancel))!.AsObject();
        string[] added = ["basis", "period", "time_zone", "late_from", "late_recorded_after"];
        Assert.All(added, name => Assert.True(manifest.Remove(name)));
        string[] addedToFiles = ["billing_period", "late_row_count", "late_cost_sum"];
        Assert.All(addedToFiles, name => Assert.True(manifest["files"]![0]!.AsObject().Remove(name)));
        await File.WriteAllTextAsync(path, manifest.ToJsonString(), Cancel);

        Assert.Equal(first, await export.Writer.WriteAsync(run, ThrowWhenReadAsync(), Cancel));
    }

    [Fact]
    public async Task Manifest_that_does_not_fit_its_data_fails_the_run_and_is_not_overwritten()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        await File.AppendAllTextAsync(export.PathOf(run.Bucket, run.DataKey), " ", Cancel);
        await Assert.ThrowsAsync<InvalidDataException>(() => export.Writer.WriteAsync(run, ThrowWhenReadAsync(), Cancel));
    }

    [Fact]
    public async Task Sum_beyond_64_bits_and_mixed_currencies_fail_without_a_manifest()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        UsageRecord[] tooMuch = [Records.Of(1, long.MaxValue), Records.Of(2)];
        UsageRecord[] mixed = [Records.Of(1), Records.Of(2, currency: "EUR")];
        await Assert.ThrowsAsync<InvalidDataException>(() => export.Writer.WriteAsync(run, tooMuch.ToAsyncEnumerable(), Cancel));
        await Assert.ThrowsAsync<InvalidDataException>(() => export.Writer.WriteAsync(run, mixed.ToAsyncEnumerable(), Cancel));
        Assert.False(File.Exists(export.PathOf(run.Bucket, run.ManifestKey)));
    }

    [Fact]
    public async Task Key_that_leaves_its_bucket_is_never_followed()
    {
        await using var export = await TestExport.CreateAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => export.Store.GetAsync("finops-artifacts", "../other/file", Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => export.Store.GetAsync("..", "file", Cancel));
    }

    private static async IAsyncEnumerable<UsageRecord> BreakAfterAsync(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            yield return Records.Of(i);
        }

        await Task.CompletedTask;
        throw new IOException("The stream broke.");
    }

    private static async IAsyncEnumerable<UsageRecord> ThrowWhenReadAsync()
    {
        await Task.CompletedTask;
        yield return true ? throw new InvalidOperationException("Nothing should be read again.") : new UsageRecord();
    }

    /// <summary>What was written stays beside the built snapshot as <c>.received</c>, to be compared and, when it is right, taken over.</summary>
    private static async Task AssertSnapshotAsync(string name, string path)
    {
        var snapshot = Path.Combine(AppContext.BaseDirectory, "Snapshots", name);
        File.Copy(path, snapshot + ".received", overwrite: true);
        Assert.Equal(await File.ReadAllTextAsync(snapshot, Cancel), await File.ReadAllTextAsync(path, Cancel));
    }
}
