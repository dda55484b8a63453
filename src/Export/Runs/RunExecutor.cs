using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Export.Files;

namespace Platform.Export.Runs;

/// <summary>
/// One try of a run: (1) take its lock, (2) read its row again, (3) have it go where its job now writes, (4) write its objects, (5) complete it, or note why it failed and when it is
/// tried again: not at all where every try would end the same, as when Metering refuses the question.
/// </summary>
/// <param name="read">Where a run's records come from.</param>
internal sealed partial class RunExecutor(
    NpgsqlDataSource dataSource, RunStore runs, FollowJob follow, RunWriter writer, CompleteRun complete, FailRun fail, Func<RunRow, CancellationToken, IAsyncEnumerable<UsageRecord>> read,
    ExportMetrics metrics, TimeProvider time, ILogger<RunExecutor> log)
{
    internal const string ActivitySourceName = "Platform.Export";

    private static readonly ActivitySource Source = new(ActivitySourceName);
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Does nothing when another session writes the run or it is completed. Ends without a trace in the database when cancelled: the run is taken up
    /// again by whoever looks next. True when a try was made, whatever its end.
    /// </summary>
    public async Task<bool> ExecuteAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var runLock = await RunLock.TryTakeAsync(dataSource, runId, cancellationToken);
        if (runLock is null)
        {
            return false;
        }

        var run = await runs.FindAsync(runId, cancellationToken);
        if (run is null or { Status: RunStatus.Completed } or { NextAttemptAt: null } || run.NextAttemptAt > time.GetUtcNow())
        {
            return false;
        }

        using var activity = Source.StartActivity("export run");
        activity?.SetTag("kt.export.run_id", runId);
        try
        {
            run = await follow.ExecuteAsync(run, cancellationToken);
            (run, var files) = await WriteAsync(run, cancellationToken);
            await complete.ExecuteAsync(run, files, cancellationToken);
            metrics.Completed();
            LogCompleted(runId, run.JobName, files.Figures.Rows, files.Bytes);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The edge of a background try: whatever went wrong is kept with the run, where people see it, and the try is repeated unless its answer is final.
            var next = IsFinal(exception) ? (DateTimeOffset?)null : NextAttempt(run.FailureCount, time.GetUtcNow());
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            metrics.Failed();
            LogFailed(exception, runId, run.JobName, next);
            await fail.ExecuteAsync(run, Describe(exception), next, cancellationToken);
        }

        return true;
    }

    /// <summary>
    /// Once more without what retention has dropped of earlier windows, as often as more of it is dropped: a run that came too late for that would never have its own window. Metering refuses before
    /// its first record, so nothing was written yet.
    /// </summary>
    private async Task<(RunRow Run, RunFiles Files)> WriteAsync(RunRow run, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return (run, await writer.WriteAsync(run, read(run, cancellationToken), cancellationToken));
            }
            catch (RpcException exception) when (KeptFrom(exception) is { } keptFrom && run.Span.Without(keptFrom) is { LateKeptFrom: { } from } left)
            {
                await runs.KeepLateFromAsync(run.RunId, from, cancellationToken);
                LogNotKept(run.RunId, run.JobName, left.RecordedAfter!.Value, from);
                run = run with { Span = left };
            }
        }
    }

    private static DateTimeOffset? KeptFrom(RpcException exception) =>
        RpcErrors.ReasonOf(exception) == Reasons.UsageNotKept && DateTimeOffset.TryParse(RpcErrors.FactOf(exception, Reasons.KeptFromFact), CultureInfo.InvariantCulture, out var from) ? from : null;

    /// <summary>Doubles from five seconds up to a quarter of an hour.</summary>
    internal static DateTimeOffset NextAttempt(int failuresBefore, DateTimeOffset now)
    {
        var delay = FirstRetryDelay * Math.Pow(2, Math.Min(failuresBefore, 20));
        return (now + (delay < LongestRetryDelay ? delay : LongestRetryDelay)).TruncateToMicroseconds();
    }

    /// <summary>
    /// What ends the same at each try: what Metering refuses as asked, because a run asks the same, and records that cannot be one export, because they are the same.
    /// OUT_OF_RANGE is not one: a watermark ahead of Metering's clock is not for long.
    /// </summary>
    internal static bool IsFinal(Exception exception) => exception is InvalidDataException
        or RpcException { StatusCode: StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.NotFound };

    private static string Describe(Exception exception)
    {
        var text = exception is RpcException rpc ? $"Metering {(IsFinal(rpc) ? "refuses" : "does not answer")} ({rpc.StatusCode}): {rpc.Status.Detail}" : exception.Message;
        return Validation.Storable(text, 500);
    }

    [LoggerMessage(LogLevel.Information, "Run {RunId} of {JobName} completed: {Rows} rows, {Bytes} bytes.")]
    private partial void LogCompleted(Guid runId, string jobName, long rows, long bytes);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} of {JobName} lacks what was recorded after {RecordedAfter} and occurred before {KeptFrom}: retention has dropped it. Sums of then are in kt spend.")]
    private partial void LogNotKept(Guid runId, string jobName, DateTimeOffset recordedAfter, DateTimeOffset keptFrom);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} of {JobName} failed; it is tried again at {NextAttempt} (nothing: never).")]
    private partial void LogFailed(Exception exception, Guid runId, string jobName, DateTimeOffset? nextAttempt);
}
