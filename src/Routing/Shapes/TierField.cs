using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;

namespace Platform.Routing.Shapes;

/// <summary>Where chat completions and responses ask for a tier of service.</summary>
internal static class TierField
{
    /// <summary>Sets what <see cref="ServiceTiers.ToSend"/> says. Answers what is to be appended to the body, a comma first; empty when nothing is.</summary>
    public static string Set(BodyEdits edits, CallRequest request, RouteTarget target)
    {
        var tier = ServiceTiers.ToSend(target, request.AsksFlex);
        if (tier.Length == 0 || tier == request.ServiceTier)
        {
            return "";
        }

        if (request.ServiceTierRange is not { } range)
        {
            return $",\"service_tier\":\"{tier}\"";
        }

        edits.Replace(range, $"\"{tier}\"");
        return "";
    }
}
