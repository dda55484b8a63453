using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>All SQL of API keys.</summary>
internal sealed class KeyStore(NpgsqlDataSource dataSource)
{
    private const string Columns = """
        k.key_id, k.secret_sha256, k.hint, k.name, k.role, coalesce(k.team_id, ''), coalesce(k.user_id, ''), coalesce(k.application_id, ''), k.workload,
        k.allowed_models, k.allowed_lanes, k.created_at, k.expires_at, k.frozen_at, k.revoked_at, coalesce(k.replaces, ''), k.revision,
        coalesce(k.holder, ''),
        CASE WHEN k.replaces IS NULL THEN k.key_id ELSE (
            WITH RECURSIVE line AS (
                SELECT p.key_id, p.replaces FROM identity.api_key p WHERE p.key_id = k.replaces
                UNION ALL SELECT p.key_id, p.replaces FROM identity.api_key p JOIN line ON p.key_id = line.replaces)
            SELECT key_id FROM line WHERE replaces IS NULL) END
        """;

    private const string WithSuccessor = $"""
        SELECT {Columns}, coalesce(s.key_id, '') FROM identity.api_key k LEFT JOIN identity.api_key s ON s.replaces = k.key_id
        """;

    private const string Insert = """
        INSERT INTO identity.api_key (key_id, secret_sha256, hint, name, role, team_id, user_id, application_id, workload, allowed_models, allowed_lanes,
            created_at, expires_at, replaces, revision, holder)
        VALUES ($1, $2, $3, $4, $5, nullif($6, ''), nullif($7, ''), nullif($8, ''), $9, $10, $11, $12, $13, nullif($14, ''), $15, nullif($16, ''))
        """;

    private const string Update = """
        UPDATE identity.api_key SET allowed_models = $2, allowed_lanes = $3, expires_at = $4, frozen_at = $5, revoked_at = $6, revision = $7 WHERE key_id = $1
        """;

    private const string LastingOwner = """
        SELECT EXISTS (
            SELECT FROM identity.api_key k LEFT JOIN identity.user_account u ON u.user_id = k.user_id
            WHERE k.role = $1 AND k.revoked_at IS NULL AND k.frozen_at IS NULL AND k.expires_at IS NULL AND u.disabled_at IS NULL)
        """;

    public static async Task InsertAsync(IdentityChange change, KeyRow key)
    {
        await using var command = change.Command(
            Insert, key.KeyId, key.SecretSha256, key.Hint, key.Name, (short)key.Role, key.TeamId, key.UserId, key.ApplicationId, key.Workload,
            key.AllowedModels, key.AllowedLanes, key.CreatedAt, key.ExpiresAt, key.Replaces, change.Revision, key.Holder);
        await command.ExecuteNonQueryAsync(change.CancellationToken);
    }

    /// <summary>Writes what may change of a key.</summary>
    public static async Task UpdateAsync(IdentityChange change, KeyRow key)
    {
        await using var command = change.Command(
            Update, key.KeyId, key.AllowedModels, key.AllowedLanes, key.ExpiresAt, key.FrozenAt, key.RevokedAt, change.Revision);
        await command.ExecuteNonQueryAsync(change.CancellationToken);
    }

    /// <summary>The key, INVALID_ARGUMENT for an id with U+0000, or NOT_FOUND (KEY_NOT_FOUND); then PERMISSION_DENIED (ROLE_MISSING) unless the change's actor may manage it.</summary>
    public static async Task<KeyRow> RequireAsync(IdentityChange change, string keyId)
    {
        Rules.RequireNoNul("key_id", keyId);
        await using var command = change.Command($"{WithSuccessor} WHERE k.key_id = $1", keyId);
        var key = (await ReadAsync(command, change.CancellationToken)).SingleOrDefault()
            ?? throw RpcErrors.NotFound(Reasons.KeyNotFound, $"There is no key '{Validation.Shown(keyId)}'.");
        KeyRights.Require(change.Actor, key.Role);
        return key;
    }

    public static async Task<bool> SecretExistsAsync(NpgsqlTransaction transaction, byte[] secretSha256, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM identity.api_key WHERE secret_sha256 = $1)", transaction.Connection, transaction).With(secretSha256);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>True while an owner's key works and goes on working: see <see cref="OwnerGuard"/>.</summary>
    public static async Task<bool> LastingOwnerExistsAsync(IdentityChange change)
    {
        await using var command = change.Command(LastingOwner, (short)Role.Owner);
        return (bool)(await command.ExecuteScalarAsync(change.CancellationToken))!;
    }

    /// <summary>Roles of the user's keys that are not revoked.</summary>
    public static async Task<IReadOnlyList<Role>> ReadRolesOfUserAsync(IdentityChange change, string userId)
    {
        await using var command = change.Command("SELECT DISTINCT role FROM identity.api_key WHERE user_id = $1 AND revoked_at IS NULL", userId);
        await using var reader = await command.ExecuteReaderAsync(change.CancellationToken);
        var roles = new List<Role>();
        while (await reader.ReadAsync(change.CancellationToken))
        {
            roles.Add((Role)reader.GetInt16(0));
        }

        return roles;
    }

    /// <summary>The page's keys, newest first, and one more where there is one.</summary>
    /// <param name="teamId">Empty for all.</param>
    /// <param name="userId">Empty for all.</param>
    /// <param name="keyIds">Only these; empty for all.</param>
    public async Task<List<KeyRow>> ListAsync(string teamId, string userId, IReadOnlyCollection<string> keyIds, PageRequest page, CancellationToken cancellationToken)
    {
        await dataSource.RequirePlaceAsync(page, "SELECT EXISTS (SELECT FROM identity.api_key WHERE key_id = $1)", cancellationToken);

        // An id begins with the time at which it was made, so its order is the keys' to the millisecond.
        var (where, values) = Filters.Of(
            ("k.team_id = ", Filters.Given(teamId)), ("k.user_id = ", Filters.Given(userId)), ("k.key_id = ANY (", keyIds.Count > 0 ? keyIds.ToArray() : null),
            ("k.key_id < ", Filters.Given(page.After)));
        await using var command = dataSource.CreateCommand($"{WithSuccessor} {where} ORDER BY k.key_id DESC LIMIT {page.Limit}").With(values);
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Keys that may still be used after a moment, neither revoked nor expired by then; those that were rotated, after another moment.</summary>
    public async Task<List<KeyRow>> ListLivingAsync(DateTimeOffset at, DateTimeOffset rotatedAt, CancellationToken cancellationToken)
    {
        await using var command = dataSource
            .CreateCommand($"""
                SELECT {Columns}, '' FROM identity.api_key k
                WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $1
                    OR k.expires_at > $2 AND EXISTS (SELECT FROM identity.api_key s WHERE s.replaces = k.key_id))
                """)
            .With(at, rotatedAt);
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Keys that changed after a revision, up to another one.</summary>
    public async Task<List<KeyRow>> ListChangesAsync(long after, long upTo, CancellationToken cancellationToken)
    {
        await using var command = dataSource
            .CreateCommand($"SELECT {Columns}, '' FROM identity.api_key k WHERE k.revision > $1 AND k.revision <= $2")
            .With(after, upTo);
        return await ReadAsync(command, cancellationToken);
    }

    private static async Task<List<KeyRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<KeyRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(Read(reader));
        }

        return keys;
    }

    private static KeyRow Read(NpgsqlDataReader reader) => new()
    {
        KeyId = reader.GetString(0),
        SecretSha256 = reader.GetFieldValue<byte[]>(1),
        Hint = reader.GetString(2),
        Name = reader.GetString(3),
        Role = (Role)reader.GetInt16(4),
        TeamId = reader.GetString(5),
        UserId = reader.GetString(6),
        ApplicationId = reader.GetString(7),
        Workload = reader.GetString(8),
        AllowedModels = reader.GetFieldValue<string[]>(9),
        AllowedLanes = reader.GetFieldValue<string[]>(10),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(11),
        ExpiresAt = reader.GetFieldValue<DateTimeOffset?>(12),
        FrozenAt = reader.GetFieldValue<DateTimeOffset?>(13),
        RevokedAt = reader.GetFieldValue<DateTimeOffset?>(14),
        Replaces = reader.GetString(15),
        Revision = reader.GetInt64(16),
        Holder = reader.GetString(17),
        LineKeyId = reader.GetString(18),
        ReplacedBy = reader.GetString(19),
    };
}
