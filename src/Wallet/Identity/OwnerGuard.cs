using Grpc.Core;
using Platform.Contracts;

namespace Platform.Wallet.Identity;

/// <summary>
/// There is always an owner's key that works and goes on working: not revoked, not frozen, without an end, and of no disabled user. Otherwise nobody
/// could undo what was done last.
/// </summary>
internal static class OwnerGuard
{
    /// <summary>After a change that may have ended an owner's key; FAILED_PRECONDITION (LAST_OWNER) undoes it. Changes wait for each other, so two cannot end the last two.</summary>
    public static async Task RequireOwnerAsync(IdentityChange change)
    {
        if (!await KeyStore.LastingOwnerExistsAsync(change))
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition,
                Reasons.LastOwner,
                "No other owner's key would go on working. Make one without an end first: kt auth token create --role owner --name …");
        }
    }
}
