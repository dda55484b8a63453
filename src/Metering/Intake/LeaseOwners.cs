using System.Collections.Concurrent;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Intake;

/// <summary>Whose a lease is: Wallet, over the network.</summary>
internal interface ILeaseSource
{
    /// <summary>The name of the lease's holder; null when there is no such lease.</summary>
    /// <exception cref="RpcException">Wallet does not answer.</exception>
    Task<string?> FindHolderAsync(Guid leaseId, CancellationToken cancellationToken);
}

/// <summary>Asks Wallet under this service's own token.</summary>
internal sealed class WalletLeases(Leases.LeasesClient leases, TimeProvider time) : ILeaseSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<string?> FindHolderAsync(Guid leaseId, CancellationToken cancellationToken)
    {
        try
        {
            using var call = leases.GetLeaseAsync(
                new GetLeaseRequest { LeaseId = leaseId.ToString() }, deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellationToken);
            return (await call).Holder;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }
}

/// <summary>
/// Holds lease holders to their own leases: what is recorded is posted to the lease that it names, so nobody else's may be named. A lease's holder never changes, so a known one needs no question; one that
/// nobody has may be made in the next moment, so it is asked for again.
/// </summary>
internal sealed class LeaseOwners(ILeaseSource source)
{
    /// <summary>Far more than are ever drawn from at a time; beyond it all are asked for anew.</summary>
    private const int MostKnown = 10_000;

    private readonly ConcurrentDictionary<Guid, string> _known = new();

    /// <param name="events">That the caller may tell by all else.</param>
    /// <exception cref="RpcException">PERMISSION_DENIED (ROLE_MISSING) when one names a lease that is not the caller's; UNAVAILABLE when a lease has to be asked for and Wallet does not answer.</exception>
    public async Task RequireOwnAsync(IReadOnlyList<UsageEvent> events, Caller caller, CancellationToken cancellationToken)
    {
        foreach (var leaseId in events.Select(usage => usage.LeaseId).Distinct(StringComparer.Ordinal))
        {
            // What is no id is refused by the event's own result, and stored by none.
            if (Guid.TryParseExact(leaseId, "D", out var id) && await FindAsync(id, cancellationToken) != caller.Holder)
            {
                throw RpcErrors.Create(
                    StatusCode.PermissionDenied, Reasons.RoleMissing, $"Token {caller.KeyId} may not record usage of lease {leaseId}: it is none of {caller.Holder}.");
            }
        }
    }

    private async Task<string?> FindAsync(Guid leaseId, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(leaseId, out var known))
        {
            return known;
        }

        var holder = await source.FindHolderAsync(leaseId, cancellationToken);
        if (holder is not null)
        {
            if (_known.Count >= MostKnown)
            {
                _known.Clear();
            }

            _known[leaseId] = holder;
        }

        return holder;
    }
}
