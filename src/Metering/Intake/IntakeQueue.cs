using Grpc.Core;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.ServiceDefaults;

namespace Platform.Metering.Intake;

/// <summary>
/// Gathers requests into groups: while some commit, the next ones gather, so that many requests share a transaction without a timer. A few groups are written
/// at a time; whoever comes while all are busy waits in the order of arrival, and more than a bounded number of events is not let in. A group that fails for what it
/// brings is taken apart: first into its requests, then into halves, until an event that cannot be recorded stands alone and is refused. One that fails because the database is away fails as one.
/// </summary>
internal sealed partial class IntakeQueue(IntakeTransaction transaction, IOptions<IntakeOptions> options, ILogger<IntakeQueue> log)
{
    /// <summary>A group's own time, whatever becomes of its callers.</summary>
    private static readonly TimeSpan GroupLimit = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _waitingEvents;
    private int _writers;

    /// <summary>Returns once the batch is durable, with its rows telling what became of them.</summary>
    /// <param name="cancellationToken">Ends the caller's wait; what was let in is written all the same.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED (INTAKE_BUSY): nothing was done.</exception>
    public async Task StoreAsync(IReadOnlyList<IntakeRow> rows, string currency, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var waiting = new Waiting(rows, currency);
        lock (_lock)
        {
            if (_waitingEvents > 0 && _waitingEvents + rows.Count > options.Value.QueueEvents)
            {
                throw RpcErrors.Create(
                    StatusCode.ResourceExhausted, Reasons.IntakeBusy, $"{_waitingEvents} events wait to be recorded already; nothing was taken in. Send the batch again shortly.");
            }

            _waiting.Enqueue(waiting);
            _waitingEvents += rows.Count;
            if (_writers < options.Value.Writers)
            {
                _writers++;
                _ = Task.Run(WriteAllAsync, CancellationToken.None);
            }
        }

        await waiting.Done.Task.WaitAsync(cancellationToken);
    }

    private async Task WriteAllAsync()
    {
        while (TakeGroup() is { } group)
        {
            await WriteAsync(group);
        }
    }

    /// <summary>Null when nothing waits: the writer ends.</summary>
    private List<Waiting>? TakeGroup()
    {
        lock (_lock)
        {
            var group = new List<Waiting>();
            for (var events = 0; events < options.Value.GroupEvents && _waiting.TryDequeue(out var next); events += next.Rows.Count)
            {
                group.Add(next);
                _waitingEvents -= next.Rows.Count;
            }

            if (group.Count > 0)
            {
                return group;
            }

            _writers--;
            return null;
        }
    }

    private async Task WriteAsync(List<Waiting> group)
    {
        var failure = await TryWriteAsync([.. group.SelectMany(waiting => waiting.Rows)], group[0].Currency);
        if (group.Count > 1 && IsOfRequests(failure))
        {
            await WriteOneByOneAsync(group);
            return;
        }

        if (group.Count == 1 && DatabaseFailures.IsOfFigures(failure))
        {
            failure = await WriteApartAsync(group[0].Rows, group[0].Currency, failure!);
        }

        group.ForEach(waiting => waiting.End(failure));
    }

    /// <summary>Something that one of them brings must not fail the others. A database that goes away meanwhile fails all that are left: each would find that out in its own time, one after another.</summary>
    private async Task WriteOneByOneAsync(List<Waiting> group)
    {
        Exception? away = null;
        foreach (var waiting in group)
        {
            var failure = away ?? await TryWriteAsync(waiting.Rows, waiting.Currency);
            failure = DatabaseFailures.IsOfFigures(failure) ? await WriteApartAsync(waiting.Rows, waiting.Currency, failure!) : failure;
            away = IsOfRequests(failure) ? null : failure;
            waiting.End(failure);
        }
    }

    /// <summary>Null when the rows are durable, else why they are not.</summary>
    private async Task<Exception?> TryWriteAsync(IReadOnlyList<IntakeRow> rows, string currency)
    {
        using var limit = new CancellationTokenSource(GroupLimit);
        var writing = transaction.RunAsync(rows, currency, limit.Token);
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return writing.IsCompletedSuccessfully ? null : writing.Exception?.InnerException ?? new TimeoutException("The usage could not be recorded in time.");
    }

    /// <summary>Halves what cannot be recorded until the rows that it is for stand alone: those are refused, the others recorded. Null, or why the rest is not.</summary>
    private async Task<Exception?> WriteApartAsync(IReadOnlyList<IntakeRow> rows, string currency, Exception failure)
    {
        if (rows.Count == 1)
        {
            rows[0].Refusal = $"It cannot be recorded: {failure.Message}";
            LogRefused(failure, rows[0].Usage.Event.Source, rows[0].Usage.Event.EventId);
            return null;
        }

        foreach (var half in (IReadOnlyList<IntakeRow>[])[[.. rows.Take(rows.Count / 2)], [.. rows.Skip(rows.Count / 2)]])
        {
            var failed = await TryWriteAsync(half, currency);
            failed = DatabaseFailures.IsOfFigures(failed) ? await WriteApartAsync(half, currency, failed!) : failed;
            if (failed is not null)
            {
                return failed;
            }
        }

        return null;
    }

    // The database's answer to what it was told, intakes that were in each other's way (class 40), or a bug that some figure brings out; not a connection that broke, a time that ran out
    // (the server's own statement_timeout too, which each request would wait for again), or a server that says it cannot: one that starts, stops, has no room or takes no writes.
    private static bool IsOfRequests(Exception? failure) => failure is PostgresException answer
        ? !DatabaseFailures.IsTransient(answer) || answer.SqlState.StartsWith("40", StringComparison.Ordinal)
        : failure is not (null or NpgsqlException or TimeoutException);

    [LoggerMessage(LogLevel.Error, "Event {EventId} of {Source} cannot be recorded and is refused.")]
    private partial void LogRefused(Exception exception, string source, string eventId);

    private sealed record Waiting(IReadOnlyList<IntakeRow> Rows, string Currency)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End(Exception? failure)
        {
            if (failure is null)
            {
                Done.SetResult();
                return;
            }

            Done.SetException(failure);

            // A caller that is gone does not look.
            _ = Done.Task.Exception;
        }
    }
}
