using Grpc.Core;
using Platform.Contracts.Identity.V1;

namespace Platform.Dashboard.Figures;

/// <summary>
/// The role that a page's token has now, which says whose readings it may take: what others read is shown to no token that is revoked or stopped. Asked again for each reading, and once for those that are
/// made at the same time. Runs in the circuit's context, so nothing here is locked.
/// </summary>
internal sealed class PageRights(Identity.IdentityClient identity, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Less than from one reading of balances to the next.</summary>
    private static readonly TimeSpan Good = TimeSpan.FromSeconds(1);

    private Task<Role?> _asked = Task.FromResult<Role?>(null);
    private DateTimeOffset _until;

    /// <summary>Null while it is not known: then the page reads for itself, and each service judges its token.</summary>
    /// <exception cref="RpcException">UNAUTHENTICATED or PERMISSION_DENIED: the token may read nothing.</exception>
    public Task<Role?> ReadAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now >= _until)
        {
            (_asked, _until) = (AskAsync(cancellationToken), now + Good);
        }

        return _asked;
    }

    private async Task<Role?> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await identity.WhoAmIAsync(new WhoAmIRequest(), deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellationToken)).Key.Role;
        }
        catch (RpcException exception) when (exception.StatusCode is not (StatusCode.Unauthenticated or StatusCode.PermissionDenied))
        {
            return null;
        }
    }
}
