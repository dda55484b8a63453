using System.ComponentModel.DataAnnotations;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Api.Identity;

/// <param name="TeamId">Required for inference keys (calls models for its team) and lease holders', refused for others.</param>
/// <param name="Workload">interactive, copilot, batch, evaluation or an own class.</param>
/// <param name="Role">inference (default where team_id is given), viewer, editor, billing_admin, admin, owner or lease_holder.</param>
/// <param name="UserId">Whose key it is; an inference key's calls are charged to the user's wallet in the team where there is one.</param>
/// <param name="ApplicationId">An application of the team; charged to its wallet where there is one and the user has none.</param>
/// <param name="AllowedModels">Public model names that the key may ask for; absent or empty for all.</param>
/// <param name="AllowedLanes">Lanes that the key may ask for; absent or empty for all.</param>
/// <param name="ExpiresAt">In the future; absent for never.</param>
/// <param name="MonthlyLimit">The key's own hard limit a calendar month: a cap, made with it. Inference keys only.</param>
/// <param name="Currency">Of the limit: the organisation's.</param>
/// <param name="TimeZone">IANA name of the zone that the limit's calendar is read in; UTC when absent.</param>
/// <param name="Holder">Required for role lease_holder, refused for others: the platform's name within its team, 1 to 28 characters as in a team's id. Its leases and usage have the name holder/TEAM/HOLDER.</param>
internal sealed record CreateKeyBody(
    string? TeamId = null, [property: Required] string? Name = null, string? Workload = null, string? Role = null, string? UserId = null, string? ApplicationId = null,
    IReadOnlyList<string>? AllowedModels = null, IReadOnlyList<string>? AllowedLanes = null, DateTimeOffset? ExpiresAt = null,
    Money? MonthlyLimit = null, string? Currency = null, string? TimeZone = null, string? Holder = null);

/// <param name="Secret">Shown once; null in the answer to a repeat with the same Idempotency-Key.</param>
internal sealed record CreatedKeyBody(string KeyId, string? Secret, KeyBody Key);

/// <param name="OverlapSeconds">How long the key still works beside its successor, 0 to 2,592,000 (30 days).</param>
/// <param name="ExpiresAt">Of the successor; absent for the key's own lifetime again, or never when it had no expiry.</param>
internal sealed record RotateKeyBody([property: Required] long? OverlapSeconds = null, DateTimeOffset? ExpiresAt = null);

/// <param name="Secret">The successor's, shown once; null in the answer to a repeat with the same Idempotency-Key.</param>
/// <param name="Replaced">The key that was rotated, with the moment at which it ends.</param>
internal sealed record RotatedKeyBody(string KeyId, string? Secret, KeyBody Key, KeyBody Replaced);

/// <summary>Replaces both lists; an empty one allows all.</summary>
internal sealed record AllowedBody([property: Required] IReadOnlyList<string>? AllowedModels = null, [property: Required] IReadOnlyList<string>? AllowedLanes = null);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record KeysBody(IReadOnlyList<KeyBody> Keys, string NextPageToken);

/// <param name="Hint">The secret's last four characters.</param>
/// <param name="Holder">Of a lease holder's key: the platform's name within its team; empty for others.</param>
/// <param name="Status">active, frozen, expired or revoked, by the API's clock; its team and its user have a say of their own.</param>
internal sealed record KeyBody(
    string KeyId, string Name, string Role, string TeamId, string UserId, string ApplicationId, string Workload, IReadOnlyList<string> AllowedModels,
    IReadOnlyList<string> AllowedLanes, string Hint, string Status, DateTimeOffset? CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? FrozenAt,
    DateTimeOffset? RevokedAt, string ReplacesKeyId, string ReplacedByKeyId, string Holder)
{
    public static KeyBody From(ApiKey key, DateTimeOffset now) => new(
        key.KeyId, key.Name, EnumText.Of(key.Role), key.TeamId, key.UserId, key.ApplicationId, key.Workload, key.AllowedModels, key.AllowedLanes, key.Hint,
        StatusOf(key, now), key.CreatedAt.ToMoment(), key.ExpiresAt.ToMoment(), key.FrozenAt.ToMoment(), key.RevokedAt.ToMoment(), key.ReplacesKeyId,
        key.ReplacedByKeyId, key.Holder);

    private static string StatusOf(ApiKey key, DateTimeOffset now) =>
        key.RevokedAt is not null ? "revoked"
        : key.ExpiresAt.ToMoment() <= now ? "expired"
        : key.FrozenAt is not null ? "frozen"
        : "active";
}

/// <param name="ServerTime">To tell a clock that is wrong.</param>
internal sealed record WhoAmIBody(KeyBody Key, string Organisation, string Currency, DateTimeOffset ServerTime);
