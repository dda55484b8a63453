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
        keys.MapGet("", ListAsync).WithSummary("Keys without secrets, newest first, paged.");
        keys.MapGet("/{id}", GetAsync).WithSummary("One key, also an ended one: who is behind an actor's id.");
        keys.MapPost("/{id}/rotate", RotateAsync)
            .WithSummary("Makes a key's successor and lets the key end after an overlap.").Produces<RotatedKeyBody>(StatusCodes.Status201Created);
        keys.MapPut("/{id}/allowed", AllowAsync).WithSummary("Replaces the models and lanes that a key may ask for.");
        keys.MapPost("/{id}/freeze", FreezeAsync).WithSummary("Refuses a key's calls, everywhere within two seconds.");
        keys.MapPost("/{id}/unfreeze", UnfreezeAsync).WithSummary("Lets a key call again.");
        keys.MapDelete("/{id}", RevokeAsync).WithSummary("Ends a key for good, everywhere within two seconds.");
        app.MapGet("/v1/whoami", WhoAmIAsync).WithTags("keys").WithSummary("Who the caller's token is, and the server's time.");
    }

    private static async Task<IResult> CreateAsync(CreateKeyBody body, IdentityClient identity, TimeProvider time, HttpContext http)
    {
        var role = Role.Unspecified;
        if (body.Role is not null && !EnumText.TryParse(body.Role, out role))
        {
            throw RpcErrors.InvalidArgument($"There is no role '{body.Role}'. Roles: {EnumText.Names<Role>()}.");
        }

        var answer = await identity.CreateKeyAsync(
            new CreateKeyRequest
            {
                TeamId = Require.Filled("team_id", body.TeamId),
                Name = Require.Text("name", body.Name),
                Workload = Require.Filled("workload", body.Workload),
                Role = role,
                Holder = Require.Filled("holder", body.Holder),
                UserId = Require.Filled("user_id", body.UserId),
                ApplicationId = Require.Filled("application_id", body.ApplicationId),
                AllowedModels = { body.AllowedModels ?? [] },
                AllowedLanes = { body.AllowedLanes ?? [] },
                ExpiresAt = body.ExpiresAt.ToTimestampUtc(),
                MonthlyLimit = Limit(body),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        return Results.Json(
            new CreatedKeyBody(answer.Key.KeyId, Secret(answer.Secret), KeyBody.From(answer.Key, time.GetUtcNow())), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<KeysBody> ListAsync(
        string? team_id, string? user_id, string? key_id, int? page_size, string? page_token, IdentityClient identity, TimeProvider time, HttpContext http)
    {
        var ids = (key_id ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (key_id is not null && ids.Length == 0)
        {
            throw RpcErrors.InvalidArgument("key_id has no id in it: give ids separated by commas, or leave it out.");
        }

        var answer = await identity.ListKeysAsync(
            new ListKeysRequest { TeamId = team_id ?? "", UserId = user_id ?? "", KeyIds = { ids }, PageSize = page_size ?? 0, PageToken = page_token ?? "" },
            Call.Options(http));
        var now = time.GetUtcNow();
        return new KeysBody([.. answer.Keys.Select(key => KeyBody.From(key, now))], answer.NextPageToken);
    }

    private static async Task<KeyBody> GetAsync(string id, IdentityClient identity, TimeProvider time, HttpContext http)
    {
        var answer = await identity.ListKeysAsync(new ListKeysRequest { KeyIds = { id } }, Call.Options(http));

        // A Wallet from before it found keys by their ids answers others.
        return answer.Keys.FirstOrDefault(key => key.KeyId == id) is { } key
            ? KeyBody.From(key, time.GetUtcNow())
            : throw RpcErrors.NotFound(Reasons.KeyNotFound, $"There is no key '{Validation.Shown(id)}'.");
    }

    private static async Task<IResult> RotateAsync(string id, RotateKeyBody body, IdentityClient identity, TimeProvider time, HttpContext http)
    {
        var answer = await identity.RotateKeyAsync(
            new RotateKeyRequest
            {
                KeyId = id,
                OverlapSeconds = Require.Value("overlap_seconds", body.OverlapSeconds),
                ExpiresAt = body.ExpiresAt.ToTimestampUtc(),
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http));
        var now = time.GetUtcNow();
        return Results.Json(
            new RotatedKeyBody(answer.Key.KeyId, Secret(answer.Secret), KeyBody.From(answer.Key, now), KeyBody.From(answer.Replaced, now)),
            statusCode: StatusCodes.Status201Created);
    }

    private static async Task<KeyBody> AllowAsync(string id, AllowedBody body, IdentityClient identity, TimeProvider time, HttpContext http) => KeyBody.From(
        await identity.SetKeyAllowedAsync(
            new SetKeyAllowedRequest
            {
                KeyId = id,
                AllowedModels = { Require.Texts("allowed_models", body.AllowedModels) },
                AllowedLanes = { Require.Texts("allowed_lanes", body.AllowedLanes) },
                IdempotencyKey = Call.IdempotencyKey(http),
            },
            Call.Options(http)),
        time.GetUtcNow());

    private static async Task<KeyBody> FreezeAsync(string id, IdentityClient identity, TimeProvider time, HttpContext http) => KeyBody.From(
        await identity.FreezeKeyAsync(new FreezeKeyRequest { KeyId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)), time.GetUtcNow());

    private static async Task<KeyBody> UnfreezeAsync(string id, IdentityClient identity, TimeProvider time, HttpContext http) => KeyBody.From(
        await identity.UnfreezeKeyAsync(new FreezeKeyRequest { KeyId = id, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)), time.GetUtcNow());

    private static async Task<KeyBody> RevokeAsync(string id, IdentityClient identity, TimeProvider time, HttpContext http) =>
        KeyBody.From(await identity.RevokeKeyAsync(new RevokeKeyRequest { KeyId = id }, Call.Options(http)), time.GetUtcNow());

    private static async Task<WhoAmIBody> WhoAmIAsync(IdentityClient identity, TimeProvider time, HttpContext http)
    {
        var answer = await identity.WhoAmIAsync(new WhoAmIRequest(), Call.Options(http));
        var now = time.GetUtcNow();
        return new WhoAmIBody(KeyBody.From(answer.Key, now), answer.Organisation, answer.Currency, now);
    }

    private static MonthlyLimit? Limit(CreateKeyBody body)
    {
        if (body.MonthlyLimit is null)
        {
            return body.Currency is null && body.TimeZone is null
                ? null
                : throw RpcErrors.InvalidArgument("currency and time_zone are the monthly_limit's: give it too, or leave them out.");
        }

        return new MonthlyLimit
        {
            AmountNanos = Require.PositiveNanos("monthly_limit", body.MonthlyLimit),
            Currency = Require.Text("currency", body.Currency),
            TimeZone = body.TimeZone ?? "",
        };
    }

    private static string? Secret(string secret) => secret.Length == 0 ? null : secret;
}
