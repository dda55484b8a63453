using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Rating;

namespace Platform.Metering.Imports;

/// <summary>The correction that leaves nothing of an imported record. Pure.</summary>
internal static class UndoneUsage
{
    /// <summary>The source of such corrections; no import's own can be called so.</summary>
    public const string Source = EventCheck.ImportPrefix + "/undo";

    public static RatedUsage Of(UndoneRecord undone)
    {
        var usage = undone.Record.Event.Clone();
        usage.Source = Source;
        usage.EventId = undone.Record.RecordId;
        usage.CorrectsRecordId = undone.Record.RecordId;
        usage.Tokens = new Tokens
        {
            Input = -undone.Tokens.Input,
            CachedInput = -undone.Tokens.CachedInput,
            CacheWrite = -undone.Tokens.CacheWrite,
            CacheWrite1H = -undone.Tokens.CacheWriteHour,
            Output = -undone.Tokens.Output,
            Reasoning = -undone.Tokens.Reasoning,
        };
        usage.Requests = -undone.Calls;
        usage.PriceId = undone.Cost is null ? 0 : undone.PriceId ?? 0;
        return new RatedUsage(
            usage, DerivedId.OfRecord(usage.Source, usage.EventId), Guid.Parse(usage.AttemptId), Guid.Parse(usage.CallId), Guid.Parse(usage.CorrectsRecordId),
            usage.OccurredAt.ToDateTimeOffset().TruncateToMicroseconds(), RatedUsage.TokensOf(usage), undone.Cost is null ? null : undone.PriceId,
            undone.Cost is { } cost ? default(Rating.Cost) - cost : null)
        {
            WorkloadRule = undone.Record.WorkloadRule,
        };
    }
}
