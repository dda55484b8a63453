using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using IdentityClient = Platform.Contracts.Identity.V1.Identity.IdentityClient;

namespace Platform.Api.Identity;

internal static class KeyEndpoints
{
    public static void MapKeys(this WebApplication app)
    {
        var keys = app.MapGroup("/v1/keys").WithTags("keys");
        keys.MapPost("", CreateAsync).WithSummary("Makes a key; its secret is shown in this answer only.").Produces<CreatedKeyBody>(StatusCodes.Status201Created);
        keys.MapGet("", ListAsync).WithSummary("All keys without secrets, newest first.");
        keys.MapDelete("/{id}", RevokeAsync).WithSummary("Ends a key, everywhere within two seconds.");
        app.MapGet("/v1/whoami", WhoAmIAsync).WithTags("keys").WithSummary("Who the caller's token is, and the server's time.");
    }

    private static async Task<IResult> CreateAsync(CreateKeyBody body, IdentityClient identity, HttpContext http)
    {
        var role = Role.Unspecified;
        if (body.Role is not null && !EnumText.TryParse(body.Role, out role))
        {
            throw RpcErrors.InvalidArgument($"There is no role '{body.Role}'. Roles: {EnumText.Names<Role>()}.");
        }

        var answer = await identity.CreateKeyAsync(
            new CreateKeyRequest
            {
                TeamId = body.TeamId ?? "",
                Name = Require.Text("name", body.Name),
                Workload = body.Workload ?? "",
                Role = role,
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(
            new CreatedKeyBody(answer.Key.KeyId, answer.Secret.Length == 0 ? null : answer.Secret, KeyBody.From(answer.Key)), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<KeysBody> ListAsync(string? team_id, IdentityClient identity, HttpContext http)
    {
        var answer = await identity.ListKeysAsync(new ListKeysRequest { TeamId = team_id ?? "" }, Call.Options(http));
        return new KeysBody([.. answer.Keys.Select(KeyBody.From)]);
    }

    private static async Task<KeyBody> RevokeAsync(string id, IdentityClient identity, HttpContext http) =>
        KeyBody.From(await identity.RevokeKeyAsync(new RevokeKeyRequest { KeyId = id }, Call.Options(http)));

    private static async Task<WhoAmIBody> WhoAmIAsync(IdentityClient identity, TimeProvider time, HttpContext http)
    {
        var answer = await identity.WhoAmIAsync(new WhoAmIRequest(), Call.Options(http));
        return new WhoAmIBody(KeyBody.From(answer.Key), answer.Organisation, answer.Currency, time.GetUtcNow());
    }
}

/// <param name="TeamId">Required for inference keys (calls models for its team), refused for others.</param>
/// <param name="Workload">interactive, copilot, batch, evaluation or an own class.</param>
/// <param name="Role">inference (default where team_id is given), viewer, editor, billing_admin, admin or owner.</param>
internal sealed record CreateKeyBody(string? TeamId = null, string? Name = null, string? Workload = null, string? Role = null);

/// <param name="Secret">Shown once; null in the answer to a repeat with the same Idempotency-Key.</param>
internal sealed record CreatedKeyBody(string KeyId, string? Secret, KeyBody Key);

internal sealed record KeysBody(IReadOnlyList<KeyBody> Keys);

/// <param name="Hint">The secret's last four characters.</param>
internal sealed record KeyBody(
    string KeyId, string Name, string Role, string TeamId, string Workload, string Hint, DateTimeOffset? CreatedAt, DateTimeOffset? RevokedAt)
{
    public static KeyBody From(ApiKey key) => new(
        key.KeyId, key.Name, EnumText.Of(key.Role), key.TeamId, key.Workload, key.Hint, key.CreatedAt.ToMoment(), key.RevokedAt.ToMoment());
}

/// <param name="ServerTime">To tell a clock that is wrong.</param>
internal sealed record WhoAmIBody(KeyBody Key, string Organisation, string Currency, DateTimeOffset ServerTime);
