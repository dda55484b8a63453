using System.Diagnostics;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Postgres;

namespace Platform.Metering.Intake;

/// <summary>Makes the events that tell other services of stored records.</summary>
internal static class UsageMessages
{
    /// <summary>A message stays below the size (85 kB) from which a .NET process keeps an object apart and sweeps everything to be rid of it.</summary>
    public const int MaxItems = 250;

    /// <summary>Messages of at most <see cref="MaxItems"/> records each, in the records' order.</summary>
    public static IEnumerable<UsageMetered> Of(IEnumerable<RatedUsage> records, DateTimeOffset recordedAt, string currency) =>
        records.Chunk(MaxItems).Select(chunk => new UsageMetered(
            Guid.CreateVersion7(recordedAt), [.. chunk.Select(usage => ToItem(usage, recordedAt, currency))]));

    /// <summary>Owes all of them to the broker from the transaction's commit on.</summary>
    public static Task OweAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<RatedUsage> records, DateTimeOffset recordedAt, string currency, CancellationToken cancellationToken) =>
        Outbox.CopyAsync(
            transaction, Of(records, recordedAt, currency).Select(message => new OwedEvent(message.BatchId, message, Activity.Current?.Id)), recordedAt, cancellationToken);

    private static UsageMeteredItem ToItem(RatedUsage usage, DateTimeOffset recordedAt, string currency) => new(
        usage.RecordId,
        usage.AttemptId,
        ToClass(usage.Event.Funding),
        usage.Event.TeamId,
        usage.Event.Workload,
        usage.Event.Lane,
        usage.Event.Provider,
        usage.Event.ModelServed,
        usage.Cost?.TotalNanos,
        currency,
        usage.Tokens.TotalInput,
        usage.Tokens.Output + usage.Tokens.Reasoning,
        usage.Event.Fallback,
        usage.OccurredAt,
        recordedAt,
        usage.Event.Traceparent.Length == 0 ? null : usage.Event.Traceparent,
        usage.CorrectsRecordId,
        usage.LeaseId,
        usage.BoundNanos,
        usage.Event.UserId,
        usage.Event.ApplicationId,
        usage.BookedAt,
        usage.Event.Requests == 0 && !usage.Event.HasAdjustmentNanos ? null : usage.Calls,
        usage.Event.HasPrimaryCostNanos ? usage.Event.PrimaryCostNanos : null,
        usage.Event.HasDefaultCostNanos ? usage.Event.DefaultCostNanos : null,
        usage.Event.ShadowRule,
        usage.Event.HasShadowCostNanos ? usage.Event.ShadowCostNanos : null,
        usage.AwaitsRecord,
        usage.PricedCalls);

    /// <summary>The class as messages name it.</summary>
    public static string ToClass(Funding funding) => funding switch
    {
        Funding.Leased => FundingClass.Leased,
        Funding.External => FundingClass.External,
        Funding.History => FundingClass.History,
        Funding.Unspecified => throw new ArgumentOutOfRangeException(nameof(funding), funding, "A stored record has a funding class."),
    };
}
