using Google.Protobuf;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Scheduling;
using Platform.Postgres;

namespace Platform.Export.Runs;

/// <summary>
/// What RunJob, CreateRun and RetryRun share: the idempotency key stands for one run, the scheduler writes it (so that it survives this call and this process), and the
/// call waits for its end.
/// </summary>
internal sealed class StartRun(NpgsqlDataSource dataSource, RunStore runs, RunSignal signal, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <param name="owe">Makes a run owed, a new one or an old one again, and answers its id; it throws what is wrong with the request.</param>
    public async Task<RunRow> ExecuteAsync(
        string operation, string key, IMessage request, Func<NpgsqlTransaction, DateTimeOffset, Task<Guid>> owe, CancellationToken cancellationToken)
    {
        if (Validation.IdempotencyKey(key) is { } problem)
        {
            throw RpcErrors.InvalidArgument(problem);
        }

        var runId = await FindOrOweAsync(operation, key, request, owe, cancellationToken);
        signal.Wake();
        return await WaitAsync(runId, cancellationToken);
    }

    private async Task<Guid> FindOrOweAsync(
        string operation, string key, IMessage request, Func<NpgsqlTransaction, DateTimeOffset, Task<Guid>> owe, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var lookup = await Idempotency.BeginAsync(transaction, operation, key, request, cancellationToken);
        if (lookup.Answered(Run.Parser) is { } owed)
        {
            var known = Guid.Parse(owed.RunId);
            await RunStore.RetryNowAsync(transaction, known, now, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return known;
        }

        var runId = await owe(transaction, now);
        await Idempotency.StoreAsync(transaction, operation, key, lookup, new Run { RunId = runId.ToString("D") }, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return runId;
    }

    /// <summary>
    /// Waits until the run ends, on whichever replica; when the caller goes away or its deadline passes, the run goes on and the same key finds it again.
    /// </summary>
    private async Task<RunRow> WaitAsync(Guid runId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var run = await runs.FindAsync(runId, cancellationToken) ?? throw new InvalidOperationException($"Run {runId} vanished.");
            switch (run.Status)
            {
                case RunStatus.Completed:
                    return run;
                case RunStatus.Failed when run.NextAttemptAt is null:
                    throw RpcErrors.Create(StatusCode.FailedPrecondition, Reasons.RunRefused, $"Run {runId:D} failed and is not tried again: {run.Error}");
                case RunStatus.Failed:
                    throw RpcErrors.Create(
                        StatusCode.Unavailable, Reasons.DependencyUnavailable, $"Run {runId:D} failed and is tried again by itself: {run.Error}");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }
}
