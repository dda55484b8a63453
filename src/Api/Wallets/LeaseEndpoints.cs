using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using LeasesClient = Platform.Contracts.Wallet.V1.Leases.LeasesClient;

namespace Platform.Api.Wallets;

/// <summary>Money that gateways have set aside to draw from, and what of it waits in suspense.</summary>
internal static class LeaseEndpoints
{
    public static void MapLeases(this WebApplication app) => app.MapGet("/v1/wallets/leases", ListAsync)
        .WithTags("wallets")
        .WithSummary("Leases that are not ended, by id; of one holder or one wallet where named.");

    private static async Task<LeasesBody> ListAsync(string? holder, string? wallet_id, LeasesClient leases, HttpContext http)
    {
        var answer = await leases.ListLeasesAsync(new ListLeasesRequest { Holder = holder ?? "", WalletId = wallet_id ?? "" }, Call.Options(http));
        return new LeasesBody([.. answer.Leases.Select(LeaseBody.From)]);
    }
}

internal sealed record LeasesBody(IReadOnlyList<LeaseBody> Leases);

/// <summary>A lease. Invariant: granted - returned - posted - suspended - released = reserved.</summary>
/// <param name="State">open, recalled, retired, closed or suspended.</param>
/// <param name="Drawn">As its holder last told.</param>
/// <param name="Open">In flight, as its holder last told.</param>
/// <param name="Suspended">Moved to the suspense of single attempts.</param>
/// <param name="Released">Given back by an operator.</param>
/// <param name="Reserved">What is still set aside; in suspense where the state is suspended.</param>
/// <param name="Reason">Why it is recalled or in suspense; empty otherwise.</param>
/// <param name="ExpiresAt">When its holder's silence has a consequence.</param>
internal sealed record LeaseBody(
    string LeaseId, string Holder, string WalletId, string TeamId, string UserId, string ApplicationId, string State, Money Granted, Money Returned, Money Drawn,
    Money Open, Money Posted, Money Suspended, Money Released, Money Reserved, string Reason, DateTimeOffset? CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? SuspendedAt)
{
    public static LeaseBody From(Lease lease) => new(
        lease.LeaseId, lease.Holder, lease.WalletId, lease.TeamId, lease.UserId, lease.ApplicationId, EnumText.Of(lease.State), new(lease.GrantedNanos),
        new(lease.ReturnedNanos), new(lease.DrawnNanos), new(lease.OpenNanos), new(lease.PostedNanos), new(lease.SuspendedNanos), new(lease.ReleasedNanos),
        new(lease.HeldNanos), lease.Reason, lease.CreatedAt.ToMoment(), lease.ExpiresAt.ToMoment(), lease.SuspendedAt.ToMoment());
}
