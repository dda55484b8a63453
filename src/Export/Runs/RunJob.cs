using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Books;
using Platform.Export.Jobs;
using Platform.Export.Scheduling;

namespace Platform.Export.Runs;

/// <summary>
/// Runs a job now: its window ends now rather than at a due time (of window interval it begins at the last due time), or is a month: the one that is asked for, or of
/// window month the one that ended last. It stands beside the job's series, which goes on as if it had not been.
/// </summary>
internal sealed class RunJob(StartRun start, BookReader books)
{
    public Task<RunRow> ExecuteAsync(RunJobRequest request, string askedBy, CancellationToken cancellationToken)
    {
        return start.ExecuteAsync(
            "export.run_job", request.IdempotencyKey, request, (transaction, now) => MakeAsync(transaction, request, askedBy, now, cancellationToken), cancellationToken);
    }

    private async Task<Guid> MakeAsync(
        NpgsqlTransaction transaction, RunJobRequest request, string askedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var job = await JobStore.FindAsync(transaction, request.Job, cancellationToken);
        if (job is null or { RemovedAt: not null })
        {
            throw JobStore.NotFound(request.Job);
        }

        var (span, zone) = request.Period.Length > 0
            ? await AskedSpan.OfMonthAsync(books, request.Period, request.Basis, cancellationToken)
            : await WindowUntilAsync(job.Settings, now, request.Basis, cancellationToken);
        var run = NewRun.OfJob(job, span, zone, askedBy, now);
        await RunStore.TryInsertAsync(transaction, run, cancellationToken);
        return run.RunId;
    }

    private async Task<(RunSpan Span, TimeZoneInfo Zone)> WindowUntilAsync(JobSettings settings, DateTimeOffset now, Basis basis, CancellationToken cancellationToken)
    {
        var zone = await books.ReadZoneAsync(cancellationToken);
        if (settings.Window == JobWindow.Month)
        {
            var ended = BillingMonth.Containing(JobWindow.EndOf(settings.Window, now, zone).AddTicks(-1), zone);
            return await AskedSpan.OfMonthAsync(books, ended.Name, basis, cancellationToken);
        }

        if (!Schedule.TryParse(settings.Cron, out var expression, out var problem))
        {
            throw new InvalidOperationException($"Job {settings.Name} was stored with a bad schedule: {problem}");
        }

        return (new RunSpan(JobWindow.StartOf(settings.Window, expression, now, zone), now, AskedSpan.BasisOf(basis, isClosed: false)), zone);
    }
}
