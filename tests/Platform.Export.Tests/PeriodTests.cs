using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export.Runs;

namespace Platform.Export.Tests;

/// <summary>Months of the books: what is exported of one, and a file a billing period.</summary>
public class PeriodTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Closed_month_is_exported_as_booked_and_an_open_one_by_when_it_occurred()
    {
        await using var export = await TestExport.CreateAsync();
        export.Periods = () => Task.FromResult(Closed("2026-05"));
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        var (may, june) = (BillingMonth.TryParse("2026-05", Berlin, out var month) ? month : default, At("2026-05-31T22:00Z"));
        var inMay = ledger.Record(may.From, may.From);
        var late = ledger.Record(june.AddMinutes(-1), june.AddDays(5), bookedAt: june);

        var closed = await MonthAsync(export, "2026-05");
        Assert.Equal((may.From, may.To, RunBasis.Booked, "2026-05", "Europe/Berlin"), (closed.From, closed.To, closed.Span.Basis, closed.Span.Period, closed.TimeZone));
        Assert.Equal([(inMay.RecordId, false)], await Ledger.FilesOfAsync(export, closed));
        var open = await MonthAsync(export, "2026-06");
        Assert.Equal((RunBasis.Occurred, 0L), (open.Span.Basis, open.Files!.Figures.Rows));
        Assert.Equal([(late.RecordId, true)], await Ledger.FilesOfAsync(export, await MonthAsync(export, "2026-06", Basis.Booked)));
        var occurred = await MonthAsync(export, "2026-05", Basis.Occurred);
        Assert.Equal(["2026-05", "2026-06"], occurred.Files!.All.Select(file => file.BillingPeriod));
        Assert.Equal(2, occurred.Files.Figures.Rows);
        var job = TestExport.Weekly();
        (job.Cron, job.Window) = ("0 6 2 * *", "month");
        await export.Schedule.ExecuteAsync(job, "key_ann", Cancel);
        var now = await export.AnswerAsync(export.RunNow.ExecuteAsync(new RunJobRequest { Job = job.Name, IdempotencyKey = "now" }, "key_ann", Cancel));
        Assert.Equal(("2026-05", RunBasis.Booked, null), (now.Span.Period, now.Span.Basis, now.Span.SeriesFrom));
        await scheduler.StopAsync(Cancel);

        var manifest = await File.ReadAllTextAsync(export.PathOf(closed.Bucket, closed.ManifestKey), Cancel);
        Assert.Contains("\"basis\": \"booked\",\n  \"period\": \"2026-05\",\n  \"time_zone\": \"Europe/Berlin\"", manifest, StringComparison.Ordinal);
        Assert.Contains("/data/BILLING_PERIOD=2026-05/", closed.DataKey, StringComparison.Ordinal);
    }

    /// <summary>The first close makes the zone another one while the job's next due time is noted already.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Month_due_at_midnight_UTC_west_of_it_is_exported_as_soon_as_it_has_ended_there(bool isDownMeanwhile)
    {
        await using var export = await TestExport.CreateAsync();
        var job = TestExport.Weekly();
        (job.Cron, job.Window) = ("0 0 1 * *", "month");
        await export.Schedule.ExecuteAsync(job, "key_ann", Cancel);
        export.Periods = () => Task.FromResult(Closed("2026-05", "America/Los_Angeles"));

        foreach (var moment in isDownMeanwhile ? new[] { "2026-09-01T03:00Z" } : ["2026-07-01T00:00Z", "2026-07-01T06:59Z"])
        {
            export.Time.SetUtcNow(At(moment));
            await export.WorkAsync();
        }

        Assert.Equal(isDownMeanwhile ? 2 : 0, (await export.Runs.ListAsync(null, null, 10, Cancel)).Count);
        foreach (var moment in new[] { "2026-07-01T07:00Z", "2026-08-01T00:00Z", "2026-08-01T07:00Z", "2026-09-01T07:00Z" })
        {
            export.Time.SetUtcNow(export.Time.GetUtcNow() < At(moment) ? At(moment) : export.Time.GetUtcNow());
            await export.WorkAsync();
        }

        var runs = (await export.Runs.ListAsync(null, null, 10, Cancel)).OrderBy(run => run.From).ToList();
        Assert.Equal(
            ["06-01T07 07-01T07 07-01T07", "07-01T07 08-01T07 08-01T07", "08-01T07 09-01T07 09-01T07"],
            runs.Select(run => string.Join(' ', new[] { run.From, run.To, run.DueAt!.Value }.Select(moment => moment.ToString("MM-dd'T'HH")))));
        Assert.Equal(At("2026-10-01T07:00Z"), (await export.Jobs.ListAsync(Cancel)).Single().NextDueAt);
    }

    /// <summary>In the hours between midnight UTC and the month's end west of it, its run is still to come.</summary>
    [Theory]
    [InlineData("made")]
    [InlineData("another hour")]
    [InlineData("resumed")]
    [InlineData("another window")]
    public async Task Month_that_is_waited_for_is_exported_whatever_is_done_to_its_job_meanwhile(string what)
    {
        await using var export = await TestExport.CreateAsync();
        export.Periods = () => Task.FromResult(Closed("2026-05", "America/Los_Angeles"));
        var job = TestExport.Weekly("monthly");
        (job.Cron, job.Window) = ("0 0 1 * *", what == "another window" ? "interval" : "month");
        export.Time.SetUtcNow(At("2026-07-10T00:00Z"));
        if (what != "made")
        {
            await export.Schedule.ExecuteAsync(job, "key_ann", Cancel);
        }

        if (what == "resumed")
        {
            await export.Change.UpdateAsync(new UpdateJobRequest { Job = "monthly", Paused = true, IdempotencyKey = "paused" }, "key_ann", Cancel);
        }

        export.Time.SetUtcNow(At("2026-08-01T03:00Z"));
        await (what switch
        {
            "made" => (Task)export.Schedule.ExecuteAsync(job, "key_ann", Cancel),
            "another hour" => export.Change.UpdateAsync(new UpdateJobRequest { Job = "monthly", Cron = "30 0 1 * *", IdempotencyKey = "1" }, "key_ann", Cancel),
            "resumed" => export.Change.UpdateAsync(new UpdateJobRequest { Job = "monthly", Paused = false, IdempotencyKey = "1" }, "key_ann", Cancel),
            _ => export.Change.UpdateAsync(new UpdateJobRequest { Job = "monthly", Window = "month", IdempotencyKey = "1" }, "key_ann", Cancel),
        });

        export.Time.SetUtcNow(At("2026-08-01T07:00Z"));
        await export.WorkAsync();
        var run = Assert.Single(await export.Runs.ListAsync(null, null, 10, Cancel));
        Assert.Equal((At("2026-07-01T07:00Z"), At("2026-08-01T07:00Z")), (run.From, run.To));
    }

    [Theory]
    [InlineData("June", Reasons.WindowInvalid)]
    [InlineData("2026-13", Reasons.WindowInvalid)]
    [InlineData("2026-07", Reasons.WindowInvalid)]
    public async Task Month_that_is_none_or_has_not_begun_is_refused(string period, string reason)
    {
        await using var export = await TestExport.CreateAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => MonthAsync(export, period));
        Assert.Equal(reason, RpcErrors.ReasonOf(error));
        Assert.Empty(await export.Runs.ListAsync(null, null, 10, Cancel));
    }

    [Fact]
    public async Task Whether_a_month_is_closed_is_not_guessed_while_metering_is_away_and_the_zone_is_what_it_was()
    {
        await using var export = await TestExport.CreateAsync();
        export.Periods = () => Task.FromResult(Closed("2026-05"));
        var job = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_ann", Cancel);
        export.Time.SetUtcNow(job.NextDueAt!.Value);
        await export.Enqueue.ExecuteAsync(Cancel);
        export.Periods = () => throw new RpcException(new Status(StatusCode.Unavailable, "down"));

        var error = await Assert.ThrowsAsync<RpcException>(() => MonthAsync(export, "2026-05"));
        Assert.Equal((StatusCode.Unavailable, Reasons.DependencyUnavailable), (error.StatusCode, RpcErrors.ReasonOf(error)));
        export.Time.Advance(TimeSpan.FromDays(7));
        await export.Enqueue.ExecuteAsync(Cancel);
        Assert.Equal(["Europe/Berlin", "Europe/Berlin"], (await export.Runs.ListAsync(null, null, 10, Cancel)).Select(run => run.TimeZone));
    }

    [Fact]
    public async Task Window_across_the_end_of_a_month_of_the_books_zone_makes_a_file_a_billing_period_in_one_manifest()
    {
        await using var export = await TestExport.CreateAsync();
        export.Periods = () => Task.FromResult(Closed("2026-04"));
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        ledger.Record(At("2026-05-31T21:59:59Z"), At("2026-06-01T00:00Z"), costNanos: 1);
        ledger.Record(At("2026-05-31T22:00Z"), At("2026-06-01T00:00Z"), costNanos: 20);
        ledger.Record(At("2026-06-02T00:00Z"), At("2026-06-02T00:00Z"), costNanos: 300);
        var run = await export.AnswerAsync(export.CreateRun.ExecuteAsync(
            new CreateRunRequest { From = At("2026-05-30Z").ToTimestampUtc(), To = At("2026-06-03Z").ToTimestampUtc(), Format = "json", Bucket = "books", IdempotencyKey = "1" },
            "key_ann", Cancel));
        await scheduler.StopAsync(Cancel);

        Assert.Equal([("2026-05", 1L, 1L), ("2026-06", 2L, 320L)], run.Files!.All.Select(file => (file.BillingPeriod, file.Figures.Rows, file.Figures.CostNanos)));
        Assert.All(run.Files.All, file => Assert.Contains($"/data/BILLING_PERIOD={file.BillingPeriod}/", file.Key, StringComparison.Ordinal));
        Assert.Equal((3L, 321L, "key_ann"), (run.Files.Figures.Rows, run.Files.Figures.CostNanos, run.AskedBy));
        Assert.Equal(run, await export.Runs.FindAsync(run.RunId, Cancel));

        foreach (var file in run.Files.All)
        {
            await using var stream = await export.Download.OpenAsync(run.RunId.ToString(), file.BillingPeriod, Cancel);
            Assert.Equal(file.Bytes, stream.Length);
        }

        var unnamed = await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenAsync(run.RunId.ToString(), "", Cancel));
        Assert.Contains("2026-05, 2026-06", unnamed.Status.Detail, StringComparison.Ordinal);
        await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenAsync(run.RunId.ToString(), "2026-07", Cancel));
    }

    [Fact]
    public async Task Crash_after_the_manifest_of_several_files_keeps_them_all()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        var ledger = new Ledger();
        ledger.Record(At("2026-06-01Z"), At("2026-06-01Z"), bookedAt: At("2026-07-01Z"));
        ledger.Record(At("2026-06-02Z"), At("2026-06-02Z"));
        var first = await export.Writer.WriteAsync(run, ledger.Read(run), Cancel);
        Assert.Equal(first, await export.Writer.WriteAsync(run, AsyncEnumerable.Empty<UsageRecord>(), Cancel));
        File.Delete(export.PathOf(run.Bucket, first.All[1].Key));
        await Assert.ThrowsAsync<InvalidDataException>(() => export.Writer.WriteAsync(run, ledger.Read(run), Cancel));
    }

    private static Task<RunRow> MonthAsync(TestExport export, string period, Basis basis = Basis.Unspecified) => export.AnswerAsync(export.CreateRun.ExecuteAsync(
        new CreateRunRequest { Period = period, Basis = basis, Format = "json", Bucket = "books", IdempotencyKey = $"{period} {basis}" }, "key_ann", Cancel));

    private static ListPeriodsResponse Closed(string period, string zone = "Europe/Berlin")
    {
        Assert.True(BillingMonth.TryParse(period, TimeZoneInfo.FindSystemTimeZoneById(zone), out var month));
        return new ListPeriodsResponse
        {
            Periods =
            {
                new Period { Name = "2026-06", State = PeriodState.Open, TimeZone = zone },
                new Period { Name = period, State = PeriodState.Closed, TimeZone = zone, StartsAt = month.From.ToTimestampUtc(), EndsAt = month.To.ToTimestampUtc() },
            },
        };
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text.Length == 11 ? text[..10] + "T00:00Z" : text);
}
