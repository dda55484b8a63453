using Grpc.Core;

namespace Platform.Routing.Shipping;

/// <summary>What the journal owes is told one after another, and what one of it meets must not keep the others.</summary>
internal static class Outage
{
    /// <summary>True where a service answers nobody, or does not take this gateway for one: whatever else is told would meet the same. Any other failure may be that of what was told, and no other's.</summary>
    public static bool IsOf(StatusCode status) => status is StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.Unauthenticated or StatusCode.PermissionDenied;
}
