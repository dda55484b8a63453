using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Jobs;
using Platform.Export.Objects;

namespace Platform.Export.Tests;

public class ValidationTests
{
    [Theory]
    [InlineData("finops-artifacts", true)]
    [InlineData("a1b", true)]
    [InlineData("my.bucket.name", true)]
    [InlineData("ab", false)]
    [InlineData("", false)]
    [InlineData("Upper", false)]
    [InlineData("under_score", false)]
    [InlineData("-begins", false)]
    [InlineData("ends-", false)]
    [InlineData(".incoming", false)]
    [InlineData("..", false)]
    [InlineData("a..b", false)]
    [InlineData("a/b", false)]
    [InlineData("abc\n", false)]
    [InlineData("192.168.5.4", false)]
    [InlineData("xn--abc", false)]
    [InlineData("abc-s3alias", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", false)]
    public void Bucket_follows_the_rules_of_S3(string bucket, bool valid) => Assert.Equal(valid, ObjectNames.BucketProblem(bucket) is null);

    [Theory]
    [InlineData("", true)]
    [InlineData("ai-spend/weekly/", true)]
    [InlineData("ai-spend/weekly", true)]
    [InlineData("with space/ü", true)]
    [InlineData("a/..b/c", true)]
    [InlineData("/", false)]
    [InlineData("/etc", false)]
    [InlineData("..", false)]
    [InlineData("a/../../b", false)]
    [InlineData("a/..", false)]
    [InlineData("a/./b", false)]
    [InlineData("a//b", false)]
    [InlineData("a//", false)]
    [InlineData("a\\..\\b", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u0085b", false)]
    public void Prefix_cannot_leave_its_bucket(string prefix, bool valid) => Assert.Equal(valid, ObjectNames.PrefixProblem(prefix) is null);

    [Fact]
    public async Task Name_that_no_job_can_have_is_not_found()
    {
        await using var export = await TestExport.CreateAsync();
        var cancel = TestContext.Current.CancellationToken;
        Assert.Null(await export.Jobs.FindAsync("a\0b", cancel));
        var listed = await Assert.ThrowsAsync<RpcException>(() => export.List.ExecuteAsync(new ListRunsRequest { Job = "a\0b" }, cancel));
        Assert.Equal(Reasons.JobNotFound, RpcErrors.ReasonOf(listed));
        var asked = await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenOfJobAsync("a\0b", "", cancel));
        Assert.Equal(Reasons.JobNotFound, RpcErrors.ReasonOf(asked));
    }

    [Fact]
    public void Prefix_is_bounded_whole_and_by_part()
    {
        Assert.NotNull(ObjectNames.PrefixProblem(new string('a', 201)));
        Assert.NotNull(ObjectNames.PrefixProblem(string.Join('/', Enumerable.Repeat(new string('a', 100), 6))));
    }

    [Theory]
    [InlineData("", "0 6 * * MON", "7d", "json", "bucket", "", Reasons.InvalidArgument)]
    [InlineData("a/b", "0 6 * * MON", "7d", "json", "bucket", "", Reasons.InvalidArgument)]
    [InlineData("job", "never", "7d", "json", "bucket", "", Reasons.CronInvalid)]
    [InlineData("job", "0 6 * * MON", "8d", "json", "bucket", "", Reasons.WindowInvalid)]
    [InlineData("job", "0 6 * * MON", "", "json", "bucket", "", Reasons.WindowInvalid)]
    [InlineData("job", "0 6 * * MON", "7d", "orc", "bucket", "", Reasons.FormatUnsupported)]
    [InlineData("job", "0 6 * * MON", "7d", "JSON", "bucket", "", Reasons.FormatUnsupported)]
    [InlineData("job", "0 6 * * MON", "7d", "json", "..", "", Reasons.BucketInvalid)]
    [InlineData("job", "0 6 * * MON", "7d", "json", "bucket", "../x", Reasons.BucketInvalid)]
    [InlineData("job", "0 6 * * MON", "24h", "json", "bucket", "x", null)]
    [InlineData("job", "0 6 * * MON", "24h", "csv", "bucket", "x", null)]
    public void Settings_are_refused_with_their_reason(
        string name, string cron, string window, string format, string bucket, string prefix, string? reason)
    {
        var error = JobValidation.Check(new JobSettings(name, cron, window, format, bucket, prefix));
        Assert.Equal(reason, error is null ? null : RpcErrors.ReasonOf(error));
    }

    [Fact]
    public void Keys_carry_the_billing_period_and_the_run()
    {
        var id = Guid.Parse("0190a000-0000-7000-8000-000000000001");
        var (data, manifest) = ObjectNames.Keys("ai-spend/weekly/", "weekly", id, "2026-05", new(2026, 6, 4, 6, 0, 0, TimeSpan.Zero), "json");
        Assert.Equal($"ai-spend/weekly/weekly/data/BILLING_PERIOD=2026-05/weekly-20260604T060000Z-{id}.json", data);
        Assert.Equal($"ai-spend/weekly/weekly/metadata/BILLING_PERIOD=2026-05/weekly-20260604T060000Z-{id}-Manifest.json", manifest);
        Assert.Equal($"ai-spend/weekly/weekly/data/BILLING_PERIOD=2026-06/weekly-20260604T060000Z-{id}.json", ObjectNames.InPeriod(data, "2026-06"));
        var (odd, _) = ObjectNames.Keys("BILLING_PERIOD=2025-01", "weekly", id, "2026-05", new(2026, 6, 4, 6, 0, 0, TimeSpan.Zero), "json");
        Assert.Equal("2026-05", ObjectNames.PeriodOf(odd));
        Assert.StartsWith("BILLING_PERIOD=2025-01/weekly/data/BILLING_PERIOD=2026-07/", ObjectNames.InPeriod(odd, "2026-07"), StringComparison.Ordinal);
    }
}
