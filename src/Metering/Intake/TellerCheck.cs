using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Intake;

/// <summary>
/// What a caller of some role may tell. Whoever tells an event first decides what it says, so nobody but gateways speaks in their name, and nobody but operators settles
/// what is in suspense (docs/decisions/0112). Pure.
/// </summary>
internal static class TellerCheck
{
    /// <summary>Null when the role may tell it, else what is not allowed, and what to do instead.</summary>
    /// <param name="role">Of a caller who may record usage at all.</param>
    public static string? Complaint(UsageEvent usage, Role role)
    {
        if (role == Role.Gateway)
        {
            return null;
        }

        if (usage.Source.StartsWith(UsageSources.GatewayPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return $"use source '{Validation.Shown(usage.Source)}': sources that begin with '{UsageSources.GatewayPrefix}' are the gateways' own. "
                + "Choose another source; to correct a gateway's record, name it in corrects_record_id.";
        }

        if (role >= Role.BillingAdmin)
        {
            return null;
        }

        return usage.Source.Equals(UsageSources.Suspense, StringComparison.OrdinalIgnoreCase)
            ? $"use source '{UsageSources.Suspense}', which settles attempts in suspense: that needs role billing_admin or higher. Choose another source."
            : usage.Funding == Funding.Leased || usage.AttemptId.Length > 0 || usage.CorrectsRecordId.Length > 0 || usage.PriceId != 0
                ? "record leased usage, name an attempt or a price, or correct a record: that needs role billing_admin or higher. "
                  + "Record new usage as external or history, without attempt_id and price_id."
                : null;
    }
}
