using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;

namespace Platform.Metering.Intake;

/// <summary>
/// The event of a correction: its record's in everything but what it corrects, so that it is charged where the record was, at the record's price, and takes from the
/// same sums. Pure.
/// </summary>
internal static class CorrectionEvent
{
    /// <summary>The record's event as one that corrects it, without tokens yet. Its source, id and price are to be said.</summary>
    public static UsageEvent Of(UsageEvent record, string recordId)
    {
        var correction = record.Clone();
        correction.CorrectsRecordId = recordId;
        correction.Tokens = new Tokens();
        correction.Requests = 0;
        correction.ClearContextTokens();
        correction.ClearPrimaryCostNanos();
        correction.ClearDefaultCostNanos();
        correction.ShadowRule = "";
        correction.ClearShadowCostNanos();
        return correction;
    }

    /// <summary>What was told of a correction, completed by its record.</summary>
    /// <param name="told">Checked on its own.</param>
    public static UsageEvent Complete(UsageEvent told, CorrectedRecord record)
    {
        var correction = Of(record.Event, told.CorrectsRecordId);
        (correction.Source, correction.EventId, correction.ImportId) = (told.Source, told.EventId, told.ImportId);
        correction.OccurredAt = told.OccurredAt ?? record.Event.OccurredAt;
        correction.Tokens = told.Tokens ?? new Tokens();
        correction.Requests = told.Requests;
        correction.Traceparent = told.Traceparent;
        correction.PriceId = record.PriceId;
        if (told.Tags.Count > 0)
        {
            correction.Tags.Clear();
            correction.Tags.Add(told.Tags);
        }

        return correction;
    }

    /// <summary>Null when nothing that was told speaks against the record, else one sentence that says what does.</summary>
    public static string? Complaint(UsageEvent told, CorrectedRecord record)
    {
        var whole = record.Event;
        return (whole.CorrectsRecordId.Length == 0
                ? null
                : $"Record {told.CorrectsRecordId} is a correction itself, of {whole.CorrectsRecordId}: correct that record instead; what may be taken back is counted there.")
            ?? (whole.HasAdjustmentNanos ? $"Record {told.CorrectsRecordId} is money without tokens: an opposite one takes it back (kt usage adjust)." : null)
            ?? Differs("team_id", told.TeamId, whole.TeamId)
            ?? (told.Funding == Funding.Unspecified ? null : Differs("funding", UsageMessages.ToClass(told.Funding), UsageMessages.ToClass(whole.Funding)))
            ?? Differs("attempt_id", told.AttemptId, whole.AttemptId)
            ?? Differs("call_id", told.CallId, whole.CallId)
            ?? Differs("user_id", told.UserId, whole.UserId)
            ?? Differs("application_id", told.ApplicationId, whole.ApplicationId)
            ?? Differs("key_id", told.KeyId, whole.KeyId)
            ?? Differs("workload", told.Workload, whole.Workload)
            ?? Differs("lane", told.Lane, whole.Lane)
            ?? Differs("provider", told.Provider, whole.Provider)
            ?? Differs("model_asked", told.ModelAsked, whole.ModelAsked)
            ?? Differs("model_served", told.ModelServed, whole.ModelServed)
            ?? Differs("service_tier", told.ServiceTier, PriceVersion.TierOf(whole.ServiceTier))
            ?? Differs("region", told.Region, whole.Region)
            ?? (told.Mark == Mark.Unspecified ? null : Differs("mark", $"{told.Mark}", $"{whole.Mark}"))
            ?? (told.PriceId == 0 ? null : Differs("price_id", $"{told.PriceId}", $"{record.PriceId}"))
            // So that the corrections of a record that is kept are kept too, and what it has cost so far is known.
            ?? (told.OccurredAt is { } at && at.ToDateTimeOffset().TruncateToMicroseconds() < whole.OccurredAt.ToDateTimeOffset()
                ? $"A correction of {told.CorrectsRecordId} cannot have occurred before it ({whole.OccurredAt.ToDateTimeOffset():O}); leave occurred_at out, or give a later one."
                : null)
            // Else a day would have fewer calls than none.
            ?? (told.Requests < 0 && told.OccurredAt is { } other && other.ToDateTimeOffset().TruncateToMicroseconds() != whole.OccurredAt.ToDateTimeOffset()
                ? $"What takes {told.CorrectsRecordId} back whole counts when the record occurred ({whole.OccurredAt.ToDateTimeOffset():O}); leave occurred_at out."
                : null);

        string? Differs(string name, string said, string own) => said.Length == 0 || said == own
            ? null
            : $"A correction of {told.CorrectsRecordId} has its record's {name} '{own}', not '{Validation.Shown(said)}': leave {name} out. "
              + "To charge somebody or something else, take all of the record back and log the call anew.";
    }
}
