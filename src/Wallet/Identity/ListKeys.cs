using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Keys without their secrets, newest first, a page at a time: all, or a team's, a user's, or those of some ids.</summary>
internal sealed class ListKeys(KeyStore keys, TeamStore teams, UserStore users)
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (also PAGE_TOKEN_INVALID); NOT_FOUND (TEAM_NOT_FOUND, USER_NOT_FOUND).</exception>
    public async Task<ListKeysResponse> RunAsync(ListKeysRequest request, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(request.PageSize, request.PageToken);
        Rules.Require(request.KeyIds.Count <= PageRequest.LargestSize ? null : $"key_ids must be at most {PageRequest.LargestSize}; there are {request.KeyIds.Count}.");
        Rules.RequireNoNul("key_ids", [.. request.KeyIds]);
        Rules.Require(request.TeamId.Length == 0 ? null : Validation.Id("team_id", request.TeamId));
        Rules.Require(request.UserId.Length == 0 ? null : Validation.Id("user_id", request.UserId));
        var found = await keys.ListAsync(request.TeamId, request.UserId, request.KeyIds, page, cancellationToken);
        if (found.Count == 0)
        {
            await RequireKnownAsync(request, cancellationToken);
        }

        var (rows, next) = page.Cut(found, key => key.KeyId);
        return new ListKeysResponse { Keys = { rows.Select(key => key.ToContract()) }, NextPageToken = next };
    }

    private async Task RequireKnownAsync(ListKeysRequest request, CancellationToken cancellationToken)
    {
        if (request.TeamId.Length > 0)
        {
            await teams.RequireKnownAsync(request.TeamId, cancellationToken);
        }

        if (request.UserId.Length > 0)
        {
            await users.RequireKnownAsync(request.UserId, cancellationToken);
        }
    }
}
