using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Applications by id, a page at a time: all, or a team's.</summary>
internal sealed class ListApplications(ApplicationStore applications, TeamStore teams)
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (also PAGE_TOKEN_INVALID); NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async Task<ListApplicationsResponse> RunAsync(ListApplicationsRequest request, CancellationToken cancellationToken)
    {
        var page = PageRequest.Of(request.PageSize, request.PageToken);
        Rules.Require(request.TeamId.Length == 0 ? null : Validation.Id("team_id", request.TeamId));
        var found = await applications.ListAsync(request.TeamId, page, cancellationToken);
        if (found.Count == 0 && request.TeamId.Length > 0)
        {
            await teams.RequireKnownAsync(request.TeamId, cancellationToken);
        }

        var (rows, next) = page.Cut(found, application => application.ApplicationId);
        return new ListApplicationsResponse { Applications = { rows }, NextPageToken = next };
    }
}
