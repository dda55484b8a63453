using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.DeniedDemand;

/// <summary>Why demand is refused or delayed: what Wallet and the gateway tell (docs/errors.md). A filter by another one is a slip, and no answer of 0.</summary>
internal static class DeniedReasons
{
    private static readonly string[] Known =
    [
        Reasons.InsufficientFunds, Reasons.WalletFrozen, Reasons.CapReached, Reasons.ObservedInsufficientFunds, Reasons.ObservedCapReached, Reasons.RateLimit,
        Reasons.ModelNotAllowed, Reasons.LaneNotAllowed, Reasons.TeamFrozen, Reasons.KeyFrozen,
    ];

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static void Require(IEnumerable<SpendFilter> filters)
    {
        var asked = filters.Where(filter => filter.Dimension == SpendDimension.Reason).SelectMany(filter => filter.Values);
        if (asked.FirstOrDefault(reason => !Known.Contains(reason, StringComparer.Ordinal)) is { } unknown)
        {
            throw RpcErrors.InvalidArgument($"reason '{Validation.Shown(unknown)}' must be one of {string.Join(", ", Known)}.");
        }
    }
}
