using Npgsql;
using Platform.Contracts.Events;
using Platform.Metering.Alerts;
using Platform.Metering.Budgets;
using Platform.Metering.Workloads;
using Platform.Postgres;

namespace Platform.Metering.DeniedDemand;

/// <summary>
/// Keeps a refused or delayed attempt once, however often it is told. One that names no workload has that of the rules, as if it had been let through. The first that a cap
/// refuses in its period is an alert: a wallet that runs dry says so, and a cap stops calls just as well. What is kept is told as it was classed
/// (<see cref="DemandRecorded"/>), so that others set it beside the spend of the same workload; but for what was refused unread, which
/// is of no lane and of no cost (there is nothing to set it beside), and for what was only delayed, which is in that spend.
/// </summary>
internal sealed class RecordDeniedDemand(NpgsqlDataSource dataSource, WorkloadClassifier classifier, RaiseAlert alerts, Outbox outbox, TimeProvider time)
{
    /// <returns>False when it was known.</returns>
    public async Task<bool> RunAsync(DemandDenied denied, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (denied.Workload.Length == 0 && (await classifier.GetCurrentAsync([denied.KeyId], cancellationToken)).Find(WorkloadSubject.Of(denied)) is { } rule)
        {
            denied = denied with { Workload = rule.Workload };
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await Inbox.TryEnterAsync(transaction, Queues.MeteringDemandDenied, denied.AttemptId, now, cancellationToken))
        {
            return false;
        }

        await DeniedDemandStore.InsertAsync(transaction, denied, now, cancellationToken);
        if (denied.CapEndsAt is { } endsAt)
        {
            await alerts.AddAsync(transaction, AlertOf.CapReached(denied, endsAt, await BudgetCapStore.FindNameAsync(transaction, denied.CapId, cancellationToken)), cancellationToken);
        }

        var isPassedOn = denied is { EstimatedCostNanos: > 0, DelayedMs: 0 };
        if (isPassedOn)
        {
            await outbox.AddAsync(transaction, denied.AttemptId, DemandRecorded.Of(denied), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (isPassedOn)
        {
            outbox.Wake();
        }

        return true;
    }
}
