using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Identity;
using Platform.Wallet.Holds;

namespace Platform.Wallet.Leases;

/// <summary>
/// Keeps each lease holder to its own: its name, its team, its leases, its attempts. Gateways are the platform's own and have any name but those (docs/decisions/0171). A lease's holder never changes, and a
/// holder's name has its team, so what is found before an operation still is when it runs.
/// </summary>
internal sealed class HolderCheck(LeaseStore store)
{
    /// <summary>PERMISSION_DENIED (ROLE_MISSING) unless the lease is to be for the caller. Fills in the key that calls, so that a cap of the key holds for what it draws.</summary>
    public static void Require(AcquireLeaseRequest request, Caller caller)
    {
        RequireName(request.Holder, caller);
        if (caller.Role == Role.LeaseHolder)
        {
            RequireTeam(request.TeamId, caller);
            request.KeyId = OwnKey(request.KeyId, caller);
        }
    }

    /// <summary>The balance as the caller is told it. A lease holder reads none: it leases from wallets that it names.</summary>
    public static long ToldBalance(long nanos, Caller caller) => caller.Role == Role.LeaseHolder ? 0 : nanos;

    /// <summary>
    /// The attempt's id where the caller gives the id of its usage event instead: a holder that could name an attempt could name a gateway's, whose own record would then be refused.
    /// </summary>
    public static void Require(SuspendDrawRequest request, Caller caller)
    {
        if (caller.Role != Role.LeaseHolder)
        {
            Rules.Require(request.EventId.Length == 0 ? null : "event_id is for role lease_holder; give attempt_id.");
            return;
        }

        Refuse(request.TeamId.Length > 0 && request.TeamId != caller.TeamId, caller, $"suspend an attempt of team '{Validation.Shown(request.TeamId)}'. Its team is {caller.TeamId}.");
        Refuse(request.AttemptId.Length > 0, caller, "name an attempt. Give event_id, the id of the attempt's usage event; the attempt's id follows from it.");
        Rules.Require(Validation.Text("event_id", request.EventId, 1, 200));
        RequireKept(request, caller);
        request.AttemptId = DerivedId.OfAttempt(caller.Holder, request.EventId).ToString();
    }

    /// <summary>PERMISSION_DENIED (ROLE_MISSING) unless the caller may go by this name.</summary>
    public static void RequireName(string holder, Caller caller)
    {
        var isOwn = caller.Role == Role.LeaseHolder ? holder == caller.Holder : !LeaseHolders.IsReserved(holder);
        Refuse(!isOwn, caller, caller.Role == Role.LeaseHolder
            ? $"be holder '{Validation.Shown(holder)}'. It is {caller.Holder}."
            : $"be holder '{Validation.Shown(holder)}': names that begin with '{LeaseHolders.Prefix}' are those of keys of role lease_holder.");
    }

    /// <summary>NOT_FOUND (LEASE_NOT_FOUND) for a lease holder that names another's lease, as for one that nobody has.</summary>
    public async Task RequireOwnAsync(string leaseId, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Role == Role.LeaseHolder)
        {
            var id = Rules.RequireLeaseId(leaseId);
            if ((await store.FindAsync(id, cancellationToken))?.Holder != caller.Holder)
            {
                throw ChangeLease.NotFound(id);
            }
        }
    }

    /// <summary>What is kept with the attempt: should an operator have to settle it, its usage record is made of it.</summary>
    private static void RequireKept(SuspendDrawRequest request, Caller caller)
    {
        Rules.Require(Validation.Text("user_id", request.UserId, 0, 200));
        Rules.Require(Validation.Text("application_id", request.ApplicationId, 0, 200));
        Rules.ReadMoment("occurred_at", request.OccurredAt);
        var context = request.Context ??= new AttemptContext();
        CreateHold.RequireContext(context);
        Refuse(context.PriceId != 0, caller, "name a price. Leave price_id out; the price at occurred_at counts.");
        context.KeyId = OwnKey(context.KeyId, caller);
    }

    private static string OwnKey(string keyId, Caller caller)
    {
        Refuse(keyId.Length > 0 && keyId != caller.KeyId, caller, $"speak for key '{Validation.Shown(keyId)}'. Leave key_id out.");
        return caller.KeyId;
    }

    private static void RequireTeam(string teamId, Caller caller) =>
        Refuse(teamId != caller.TeamId, caller, $"lease for team '{Validation.Shown(teamId)}'. Its team is {caller.TeamId}.");

    private static void Refuse(bool isRefused, Caller caller, string what)
    {
        if (isRefused)
        {
            throw RpcErrors.Create(StatusCode.PermissionDenied, Reasons.RoleMissing, $"Token {caller.KeyId} may not {what}");
        }
    }
}
