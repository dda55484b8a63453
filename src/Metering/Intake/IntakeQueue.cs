using Grpc.Core;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;

namespace Platform.Metering.Intake;

/// <summary>
/// Gathers requests into groups: while some commit, the next ones gather, so that many requests share a transaction without a timer. A few groups are written
/// at a time; whoever comes while all are busy waits in the order of arrival, and more than a bounded number of events is not let in.
/// </summary>
internal sealed class IntakeQueue(IntakeTransaction transaction, IOptions<IntakeOptions> options)
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
        using var limit = new CancellationTokenSource(GroupLimit);
        var writing = transaction.RunAsync([.. group.SelectMany(waiting => waiting.Rows)], group[0].Currency, limit.Token);
        await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (writing.IsCompletedSuccessfully)
        {
            group.ForEach(waiting => waiting.Done.SetResult());
        }
        else if (group.Count > 1 && writing.Exception?.InnerException is PostgresException)
        {
            // Something in it that the database does not take must not fail the others.
            foreach (var waiting in group)
            {
                await WriteAsync([waiting]);
            }
        }
        else
        {
            group.ForEach(waiting => waiting.Fail(writing));
        }
    }

    private sealed record Waiting(IReadOnlyList<IntakeRow> Rows, string Currency)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Fail(Task writing)
        {
            Exception failure = writing.Exception?.InnerException ?? new TimeoutException("The usage could not be recorded in time.");
            Done.SetException(failure);

            // A caller that is gone does not look.
            _ = Done.Task.Exception;
        }
    }
}
