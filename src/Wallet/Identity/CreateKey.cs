using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Identity;

/// <summary>Makes an API key. Its secret is in the answer and nowhere else, the stored answer included.</summary>
internal sealed class CreateKey(LedgerDatabase database, TimeProvider time)
{
    public Task<CreateKeyResponse> RunAsync(CreateKeyRequest request, string actor, CancellationToken cancellationToken)
    {
        var role = request.Role == Role.Unspecified && request.TeamId.Length > 0 ? Role.Inference : request.Role;
        Require(request, role);
        return database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, "CreateKey", request.IdempotencyKey, request, cancellationToken);
                if (Rules.Replayed(lookup, request.IdempotencyKey, CreateKeyResponse.Parser) is { } replay)
                {
                    return (replay, false);
                }

                var (revision, _) = await IdentityStore.BeginChangeAsync(transaction, cancellationToken);
                if (role == Role.Inference && !await IdentityStore.TeamExistsAsync(transaction, request.TeamId, cancellationToken))
                {
                    throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{request.TeamId}'. Create it first, or list the teams.");
                }

                var now = time.GetUtcNow().TruncateToMicroseconds();
                var secret = KeySecret.Create();
                var key = await ChangeIdentity.AddKeyAsync(
                    transaction, secret, request.Name, role, request.TeamId, request.Workload, revision, actor, now, cancellationToken);
                await Idempotency.StoreAsync(
                    transaction, "CreateKey", request.IdempotencyKey, lookup, new CreateKeyResponse { Key = key }, now, cancellationToken);
                return (new CreateKeyResponse { Key = key, Secret = secret }, true);
            },
            cancellationToken);
    }

    private static void Require(CreateKeyRequest request, Role role)
    {
        Rules.Require(Validation.Text("name", request.Name, 1, 200));
        Rules.Require(Validation.Label("workload", request.Workload));
        Rules.RequireIdempotencyKey(request.IdempotencyKey);
        Rules.Require(role switch
        {
            Role.Unspecified => "Give team_id for an inference key, or a role.",
            Role.Gateway => "Services' tokens come from configuration; a gateway key cannot be made here.",
            Role.Inference => Validation.TeamId(request.TeamId),
            Role.Viewer or Role.Editor or Role.BillingAdmin or Role.Admin or Role.Owner =>
                request.TeamId.Length == 0 ? null : $"team_id is for inference keys only; a key of role {role.ToString().ToLowerInvariant()} has none.",
            _ => $"role {(int)role} is unknown.",
        });
    }
}
