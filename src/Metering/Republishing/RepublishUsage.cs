using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Queries;
using Platform.Metering.Retention;
using Platform.Postgres;

namespace Platform.Metering.Republishing;

/// <summary>
/// Owes what was recorded in a span to Wallet's queue once more. A ledger that was set back lacks postings whose messages are gone from outbox and broker; the records have all that they said. Nobody else
/// gets them: Forecast counts a record by its message (decision 0090), and would count it twice.
/// </summary>
internal sealed class RepublishUsage(NpgsqlDataSource dataSource, DroppedMonths dropped, Outbox outbox, TimeProvider time)
{
    /// <summary>Of one call: twenty messages.</summary>
    internal const int PageSize = 20 * UsageMessages.MaxItems;

    /// <exception cref="RpcException">INVALID_ARGUMENT; FAILED_PRECONDITION (USAGE_NOT_KEPT).</exception>
    public async Task<RepublishResponse> RunAsync(RepublishRequest request, CancellationToken cancellationToken)
    {
        var from = Moments.Read("recorded_from", request.RecordedFrom) ?? throw RpcErrors.InvalidArgument("recorded_from is missing: say since when.");
        var before = Moments.Read("recorded_before", request.RecordedBefore) ?? Moments.Latest;
        if (from >= before)
        {
            throw RpcErrors.InvalidArgument("recorded_from must lie before recorded_before.");
        }

        var after = PagePosition.Read(request.PageToken, PageOrder.Recorded) ?? new PagePosition(from, Guid.Empty);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var items = await RepublishStore.ReadAsync(transaction, after, before, PageSize, cancellationToken);

        // Afterwards: what is dropped meanwhile was noted before.
        if (!request.KeptOnly && await dropped.FindAsync(new UsageWindow(Moments.Earliest, Moments.Latest, ByBooked: false), from.AddMicroseconds(-1), cancellationToken) is (var first, var end))
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.UsageNotKept,
                $"Usage from {first:yyyy-MM-dd} to before {end:yyyy-MM-dd} was recorded in this span too, and is no longer kept (Retention__RecordMonths): of it Wallet cannot be told once more. Say kept_only "
                + "(kt usage republish --kept-only) to have it told of all that is kept. Exports that were written then have what is not.");
        }

        var now = time.GetUtcNow();
        await Outbox.CopyAsync(
            transaction,
            items.Chunk(UsageMessages.MaxItems).Select(chunk =>
            {
                var batchId = Guid.CreateVersion7(now);
                return new OwedEvent(batchId, new UsageRepublished(new UsageMetered(batchId, chunk)));
            }),
            now,
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return new RepublishResponse
        {
            Records = items.Count,
            NextPageToken = items.Count < PageSize ? "" : new PagePosition(items[^1].RecordedAt, items[^1].RecordId).ToToken(PageOrder.Recorded),
        };
    }
}
