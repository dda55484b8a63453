using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>Makes an API key. Its secret is in the answer and nowhere else, the stored answer included.</summary>
internal sealed class CreateKey(IdentityChanges changes, KeyLimits limits)
{
    private const int LongestYears = 100;

    public Task<CreateKeyResponse> RunAsync(CreateKeyRequest request, Actor actor, CancellationToken cancellationToken)
    {
        var role = request.Role == Role.Unspecified && request.TeamId.Length > 0 ? Role.Inference : request.Role;
        Require(request, role);
        var end = Rules.ReadMoment("expires_at", request.ExpiresAt);
        KeyRights.Require(actor, role);
        return changes.RunAsync(
            nameof(CreateKey), request.IdempotencyKey, Plain(request, role), actor,
            async change =>
            {
                Rules.Require(EndProblem(end, change.Now));
                await RequireBindingsAsync(change, request);
                var secret = KeySecret.Create();
                var key = change.NewKey(secret, request.Name, role) with
                {
                    TeamId = request.TeamId,
                    UserId = request.UserId,
                    ApplicationId = request.ApplicationId,
                    Workload = request.Workload,
                    Holder = request.Holder,
                    AllowedModels = [.. request.AllowedModels],
                    AllowedLanes = [.. request.AllowedLanes],
                    ExpiresAt = end,
                };
                await change.AddKeyAsync(
                    key,
                    together: () => request.MonthlyLimit is { } limit
                        ? limits.SetAsync(change, key.KeyId, limit, request.IdempotencyKey)
                        : Task.CompletedTask);
                return new CreateKeyResponse { Key = key.ToContract(), Secret = secret };
            },
            cancellationToken,
            stored: answer => new CreateKeyResponse { Key = answer.Key });
    }

    /// <summary>As a repeat is known by: that a team's key is an inference key need not be said, and is the same request where it is.</summary>
    private static CreateKeyRequest Plain(CreateKeyRequest request, Role role)
    {
        var plain = request.Clone();
        plain.Role = role == Role.Inference ? Role.Unspecified : role;
        return plain;
    }

    /// <summary>Null when a new key may end then. The limit also keeps a successor, which has the lifetime again, within what a moment can be.</summary>
    public static string? EndProblem(DateTimeOffset? end, DateTimeOffset now) => end <= now || end > now.AddYears(LongestYears)
        ? $"expires_at must lie in the future, at most {LongestYears} years ahead; it is {end:yyyy-MM-dd'T'HH:mm:ss'Z'}."
        : null;

    private static void Require(CreateKeyRequest request, Role role)
    {
        Rules.Require(Validation.Name("name", request.Name));
        Rules.Require(Validation.Label("workload", request.Workload));
        Rules.Require(request.UserId.Length == 0 ? null : Validation.Id("user_id", request.UserId));
        Rules.Require(request.ApplicationId.Length == 0 ? null : Validation.Id("application_id", request.ApplicationId));
        AllowedLists.Require(request.AllowedModels, request.AllowedLanes);
        Rules.Require(role switch
        {
            Role.Unspecified => "Give team_id for an inference key, or a role.",
            Role.Gateway => "Services' tokens come from configuration; a gateway key cannot be made here.",
            Role.Inference => Validation.TeamId(request.TeamId) ?? HolderProblem(request, role),
            Role.LeaseHolder => Validation.TeamId(request.TeamId) ?? LeaseHolders.Complaint(request.Holder) ?? CallFieldProblem(request, role),
            Role.Viewer or Role.Editor or Role.BillingAdmin or Role.Admin or Role.Owner => InferenceFieldProblem(request, role),
            _ => $"role {(int)role} is unknown.",
        });
    }

    private static string? InferenceFieldProblem(CreateKeyRequest request, Role role) => request.TeamId.Length > 0
        ? NotOf("team_id", "inference keys and lease holders'", role)
        : HolderProblem(request, role) ?? CallFieldProblem(request, role);

    private static string? HolderProblem(CreateKeyRequest request, Role role) =>
        request.Holder.Length > 0 ? NotOf("holder", "keys of role lease_holder", role) : null;

    /// <summary>Of what says which model calls a key may make, and in whose name.</summary>
    private static string? CallFieldProblem(CreateKeyRequest request, Role role)
    {
        var field = request.ApplicationId.Length > 0 ? "application_id"
            : request.AllowedModels.Count > 0 ? "allowed_models"
            : request.AllowedLanes.Count > 0 ? "allowed_lanes"
            : request.MonthlyLimit is not null ? "monthly_limit"
            : null;
        return field is null ? null : NotOf(field, "inference keys", role);
    }

    private static string NotOf(string field, string whose, Role role) => $"{field} is for {whose} only; a key of role {KeyRights.Name(role)} has none.";

    private static async Task RequireBindingsAsync(IdentityChange change, CreateKeyRequest request)
    {
        if (request.TeamId.Length > 0)
        {
            await TeamStore.RequireAsync(change, request.TeamId);
        }

        if (request.UserId.Length > 0)
        {
            await RequireEnabledAsync(change, request.UserId);
        }

        if (request.ApplicationId.Length > 0)
        {
            var application = await ApplicationStore.RequireAsync(change, request.ApplicationId);
            Rules.Require(
                application.TeamId == request.TeamId ? null : $"Application '{application.ApplicationId}' is team {application.TeamId}'s, not {request.TeamId}'s.");
        }
    }

    /// <summary>NOT_FOUND (USER_NOT_FOUND) or FAILED_PRECONDITION (USER_DISABLED) unless the user's new key would work.</summary>
    public static async Task RequireEnabledAsync(IdentityChange change, string userId)
    {
        var user = await UserStore.RequireAsync(change, userId);
        if (user.DisabledAt is not null)
        {
            throw RpcErrors.Create(StatusCode.FailedPrecondition, Reasons.UserDisabled, $"User '{userId}' is disabled, so a new key of theirs would not work. Enable the user first.");
        }
    }
}
