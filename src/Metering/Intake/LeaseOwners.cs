using System.Collections.Concurrent;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Metering.Budgets;
using Platform.ServiceDefaults.Identity;

namespace Platform.Metering.Intake;

/// <summary>Whose a lease is: Wallet, over the network.</summary>
internal interface ILeaseSource
{
    /// <summary>Null when there is no such lease.</summary>
    /// <exception cref="RpcException">Wallet does not answer.</exception>
    Task<KnownLease?> FindAsync(Guid leaseId, CancellationToken cancellationToken);
}

/// <summary>What Metering has to know of a lease.</summary>
/// <param name="KeyId">The key that it was made for; empty for none. It never changes, nor does the holder.</param>
/// <param name="GrantedNanos">What was granted and has not been returned, when Wallet was asked.</param>
internal sealed record KnownLease(string Holder, string KeyId, long GrantedNanos);

/// <summary>Asks Wallet under this service's own token.</summary>
internal sealed class WalletLeases(Leases.LeasesClient leases, TimeProvider time) : ILeaseSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<KnownLease?> FindAsync(Guid leaseId, CancellationToken cancellationToken)
    {
        try
        {
            using var call = leases.GetLeaseAsync(
                new GetLeaseRequest { LeaseId = leaseId.ToString() }, deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellationToken);
            var lease = await call;
            return new KnownLease(lease.Holder, lease.KeyId, lease.GrantedNanos - lease.ReturnedNanos);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }
}

/// <summary>
/// Holds lease holders to their own leases: what is recorded is posted to the lease that it names, so nobody else's may be named. And says which key's spend it is, as Wallet does when the lease is made, so
/// that budgets of the key see it. Wallet is asked with each batch, for what is granted changes (<see cref="LeaseLimit"/>); a lease's holder and key do not, so usage of a known one is taken while Wallet is away.
/// </summary>
internal sealed class LeaseOwners(ILeaseSource source, KeyLines keys)
{
    /// <summary>Far more than are ever drawn from at a time; beyond it all are known anew.</summary>
    private const int MostKnown = 10_000;

    private readonly ConcurrentDictionary<Guid, KnownLease> _known = new();

    /// <summary>Fills in what its teller left out: the key that the lease was made for, and the calling key's workload.</summary>
    /// <param name="events">That the caller may tell by all else.</param>
    /// <returns>What is granted, by lease; the most that there is where Wallet was away.</returns>
    /// <exception cref="RpcException">
    /// PERMISSION_DENIED (ROLE_MISSING) when one names a lease that is not the caller's, or a key that is neither the lease's nor of the caller's line; UNAVAILABLE when one of them is not known
    /// and Wallet does not answer.
    /// </exception>
    public async Task<IReadOnlyDictionary<Guid, long>> CompleteOwnAsync(IReadOnlyList<UsageEvent> events, Caller caller, CancellationToken cancellationToken)
    {
        var granted = new Dictionary<Guid, long>();
        foreach (var ofLease in events.GroupBy(usage => usage.LeaseId, StringComparer.Ordinal))
        {
            // What is no id is refused by the event's own result, and stored by none.
            if (Guid.TryParseExact(ofLease.Key, "D", out var id))
            {
                var lease = await FindAsync(id, cancellationToken);
                if (lease?.Holder != caller.Holder)
                {
                    throw Denied(caller, $"record usage of lease {ofLease.Key}: it is none of {caller.Holder}.");
                }

                granted[id] = lease.GrantedNanos;
                foreach (var usage in ofLease)
                {
                    await CompleteAsync(usage, lease, caller, cancellationToken);
                }
            }
        }

        return granted;
    }

    private async Task CompleteAsync(UsageEvent usage, KnownLease lease, Caller caller, CancellationToken cancellationToken)
    {
        if (usage.KeyId.Length == 0)
        {
            // A Wallet of an older version does not say it.
            usage.KeyId = lease.KeyId.Length > 0 ? lease.KeyId : caller.KeyId;
        }
        else if (usage.KeyId != caller.KeyId && usage.KeyId != lease.KeyId && !await IsOfLineAsync(usage.KeyId, caller.KeyId, cancellationToken))
        {
            throw Denied(caller, $"record usage of key '{Validation.Shown(usage.KeyId)}'. Leave key_id out.");
        }

        if (usage.Workload.Length == 0)
        {
            usage.Workload = caller.Workload;
        }
    }

    /// <summary>True for a key that the caller's was rotated from. They are known once the caller's is, so no name that somebody makes up is asked for.</summary>
    private async Task<bool> IsOfLineAsync(string keyId, string callersId, CancellationToken cancellationToken)
    {
        var first = await keys.FindFirstAsync([callersId], cancellationToken);
        return first.TryGetValue(keyId, out var firstOfIt) && firstOfIt == first[callersId];
    }

    private static RpcException Denied(Caller caller, string what) =>
        RpcErrors.Create(StatusCode.PermissionDenied, Reasons.RoleMissing, $"Token {caller.KeyId} may not {what}");

    private async Task<KnownLease?> FindAsync(Guid leaseId, CancellationToken cancellationToken)
    {
        try
        {
            var lease = await source.FindAsync(leaseId, cancellationToken);
            if (lease is not null)
            {
                if (_known.Count >= MostKnown)
                {
                    _known.Clear();
                }

                _known[leaseId] = lease;
            }

            return lease;
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested && _known.TryGetValue(leaseId, out var known))
        {
            // What was granted since is not known, and what is refused for good is not told again.
            return known with { GrantedNanos = long.MaxValue };
        }
    }
}
