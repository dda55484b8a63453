using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Intake;

/// <summary>
/// What a caller of some role may tell. Whoever tells an event first decides what it says, so nobody but gateways speaks in their name, nobody but a lease holder in its own, and nobody but operators
/// settles what is in suspense (docs/decisions/0112, 0171). Pure; whose lease and which key it is stands apart (<see cref="LeaseOwners"/>).
/// </summary>
internal static class TellerCheck
{
    /// <summary>What an editor may not tell, for who may tell nothing: whoever asks for a role should not have to ask twice.</summary>
    public const string MoreOfEditors = "role billing_admin or higher to correct a record, record money without tokens, settle what is in suspense or tell leased usage";

    /// <summary>Null when the caller may tell it, else what is not allowed, and what to do instead.</summary>
    /// <param name="caller">Who may record usage at all.</param>
    public static string? Complaint(UsageEvent usage, Caller caller)
    {
        if (caller.Role == Role.LeaseHolder)
        {
            return ComplaintOfHolder(usage, caller);
        }

        if (LeaseHolders.IsReserved(usage.Source))
        {
            return $"use source '{Validation.Shown(usage.Source)}': sources that begin with '{LeaseHolders.Prefix}' are those of keys of role lease_holder. Choose another source.";
        }

        if (caller.Role == Role.Gateway)
        {
            return usage.HasAdjustmentNanos ? "record money without tokens: that needs role billing_admin or higher. Leave adjustment_nanos out." : null;
        }

        if (usage.Source.StartsWith(UsageSources.GatewayPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return $"use source '{Validation.Shown(usage.Source)}': sources that begin with '{UsageSources.GatewayPrefix}' are the gateways' own. "
                + "Choose another source; to correct a gateway's record, name it in corrects_record_id.";
        }

        if (caller.Role >= Role.BillingAdmin)
        {
            return null;
        }

        return usage.Source.Equals(UsageSources.Suspense, StringComparison.OrdinalIgnoreCase)
            ? $"use source '{UsageSources.Suspense}', which settles attempts in suspense: that needs role billing_admin or higher. Choose another source."
            : usage.Funding == Funding.Leased || usage.AttemptId.Length > 0 || usage.CorrectsRecordId.Length > 0 || usage.PriceId != 0 || usage.HasAdjustmentNanos
                ? "record leased usage, name an attempt or a price, correct a record, or record money without tokens: that needs role billing_admin or higher. "
                  + "Record new usage as external or history, without attempt_id, price_id and adjustment_nanos."
                : null;
    }

    // An attempt that it could name might be a gateway's, whose own record would then be refused; its own follows from its source and the event's id.
    private static string? ComplaintOfHolder(UsageEvent usage, Caller caller) =>
        usage.Source != caller.Holder ? $"use source '{Validation.Shown(usage.Source)}'. Its own is {caller.Holder}."
        : usage.TeamId != caller.TeamId ? $"record usage of team '{Validation.Shown(usage.TeamId)}'. Its team is {caller.TeamId}."
        : usage.Funding != Funding.Leased || usage.LeaseId.Length == 0 ? "record usage but that of its leases. Say funding leased and the lease_id; anything else needs role editor or higher."
        : usage.AttemptId.Length > 0 || usage.CorrectsRecordId.Length > 0 || usage.PriceId != 0 || usage.Mark != Mark.Unspecified
            ? "name an attempt or a price, mark an attempt, or correct a record. Leave attempt_id, price_id, mark and corrects_record_id out."
            : null;
}
