using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.Wallet.Identity;

namespace Platform.Wallet.Controls;

/// <summary>Active caps as people see them, by pages or whole: what is used and left in the current period. One whose period is not known is named, and hides none of the others.</summary>
internal sealed class ListCaps(CapStore store, CapOwners owners, IdentityStore identity, TimeProvider time)
{
    private const int MostIds = 1_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (also PAGE_TOKEN_INVALID, TOO_MANY_ROWS); NOT_FOUND: whose caps are asked for does not exist, which reads otherwise as if it had none.</exception>
    public async Task<ListCapsResponse> RunAsync(ListCapsRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("scope_id", request.ScopeId);
        Rules.Require(
            request.ScopeId.Length == 0 || request.Scope is CapScope.Team or CapScope.User or CapScope.Key
                ? null
                : "scope_id is the id of a team, user or key: give scope too.");
        Rules.Require(request.CapIds.Count <= MostIds ? null : $"cap_ids has {request.CapIds.Count} ids; ask for {MostIds} at a time.");
        Rules.RequireNoNul("cap_ids", [.. request.CapIds]);
        var page = PageRequest.OrWhole(request.PageSize, request.PageToken);
        if (page is { After.Length: > 0 } && !await store.ExistsAsync(page.After, cancellationToken))
        {
            throw PageRequest.InvalidToken();
        }

        var now = time.GetUtcNow();
        var currency = (await identity.ReadOrganisationAsync(cancellationToken))?.Currency ?? "";
        var caps = await store.ListAsync(
            request.Scope, await owners.IdOfAsync(request.Scope, request.ScopeId, cancellationToken), now, request.Undrawn, page?.After ?? "", page?.Limit ?? int.MaxValue, request.CapIds,
            cancellationToken);
        if (caps.Count == 0 && request.ScopeId.Length > 0)
        {
            await owners.RequireKnownAsync(request.Scope, request.ScopeId, cancellationToken);
        }

        if (page is null)
        {
            return WholeAnswers.Fitting(new ListCapsResponse { Caps = { caps.Select(View) } }, caps.Count, "caps");
        }

        var (rows, next) = page.Cut(caps, found => found.Cap.CapId);
        return new ListCapsResponse { Caps = { rows.Select(View) }, NextPageToken = next };

        Cap View((CapRow Cap, long Used, long Settled, long Undrawn) found)
        {
            var period = found.Cap.TryPeriodAt(now);
            var cap = found.Cap.ToContract(currency, period, found.Used, found.Settled);
            if (request.Undrawn && period is not null)
            {
                cap.UndrawnNanos = found.Undrawn;
            }

            return cap;
        }
    }
}
