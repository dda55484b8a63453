using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>All SQL of the organisation, teams, keys and their audit log.</summary>
internal sealed class IdentityStore(NpgsqlDataSource dataSource)
{
    /// <summary>Channel on which PostgreSQL tells every replica that the directory has a new revision.</summary>
    public const string Channel = "identity_changed";

    private const string KeyColumns =
        "key_id, secret_sha256, hint, name, role, coalesce(team_id, ''), workload, created_at, revoked_at, revision";

    private const string NextRevision = "UPDATE identity.organisation SET revision = revision + 1 RETURNING revision, currency";

    private const string InsertKey = """
        INSERT INTO identity.api_key (key_id, secret_sha256, hint, name, role, team_id, workload, created_at, revision)
        VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7, $8, $9)
        """;

    private const string InsertAudit = """
        INSERT INTO identity.audit_log (actor, action, subject, before, after, recorded_at) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6)
        """;

    public async Task<OrganisationRow?> ReadOrganisationAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT name, currency, revision FROM identity.organisation");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new OrganisationRow(reader.GetString(0), reader.GetString(1), reader.GetInt64(2)) : null;
    }

    public static async Task InsertOrganisationAsync(
        NpgsqlTransaction transaction, string name, string currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction, "INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ($1, $2, 0, $3)", name, currency, now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes the next revision; other changes of the directory wait until this transaction ends. Tells all replicas at the commit.</summary>
    public static async Task<(long Revision, string Currency)> BeginChangeAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using (var notify = Command(transaction, $"NOTIFY {Channel}"))
        {
            await notify.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var command = Command(transaction, NextRevision);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (reader.GetInt64(0), reader.GetString(1))
            : throw new InvalidOperationException("There is no organisation: the bootstrap did not run.");
    }

    public static async Task AuditAsync(NpgsqlTransaction transaction, AuditEntry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction, InsertAudit, entry.Actor, entry.Action, entry.Subject, Nullable(entry.Before), Nullable(entry.After), now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<bool> TeamExistsAsync(NpgsqlTransaction transaction, string teamId, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, "SELECT EXISTS (SELECT FROM identity.team WHERE team_id = $1)", teamId);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task InsertTeamAsync(
        NpgsqlTransaction transaction, string teamId, string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, "INSERT INTO identity.team (team_id, name, created_at) VALUES ($1, $2, $3)", teamId, name, now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<List<Team>> ListTeamsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT team_id, name, created_at FROM identity.team ORDER BY team_id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var teams = new List<Team>();
        while (await reader.ReadAsync(cancellationToken))
        {
            teams.Add(new Team
            {
                TeamId = reader.GetString(0), Name = reader.GetString(1), CreatedAt = reader.GetFieldValue<DateTimeOffset>(2).ToTimestampUtc(),
            });
        }

        return teams;
    }

    public static async Task InsertKeyAsync(NpgsqlTransaction transaction, KeyRow key, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction, InsertKey, key.KeyId, key.SecretSha256, key.Hint, key.Name, (short)key.Role, key.TeamId, key.Workload, key.CreatedAt, key.Revision);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<bool> SecretExistsAsync(NpgsqlTransaction transaction, byte[] secretSha256, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, "SELECT EXISTS (SELECT FROM identity.api_key WHERE secret_sha256 = $1)", secretSha256);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task<KeyRow?> ReadKeyAsync(NpgsqlTransaction transaction, string keyId, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, $"SELECT {KeyColumns} FROM identity.api_key WHERE key_id = $1 FOR UPDATE", keyId);
        return (await ReadKeysAsync(command, cancellationToken)).SingleOrDefault();
    }

    public static async Task RevokeKeyAsync(NpgsqlTransaction transaction, KeyRow revoked, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction, "UPDATE identity.api_key SET revoked_at = $2, revision = $3 WHERE key_id = $1", revoked.KeyId, revoked.RevokedAt!, revoked.Revision);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Keys, newest first; all of them for an empty team.</summary>
    public async Task<List<KeyRow>> ListKeysAsync(string teamId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT {KeyColumns} FROM identity.api_key WHERE $1 = '' OR team_id = $1 ORDER BY created_at DESC, key_id DESC");
        command.Parameters.Add(new() { Value = teamId });
        return await ReadKeysAsync(command, cancellationToken);
    }

    /// <summary>Keys that changed after a revision, in the order of their changes.</summary>
    public async Task<List<KeyRow>> ListChangesAsync(long afterRevision, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT {KeyColumns} FROM identity.api_key WHERE revision > $1 ORDER BY revision");
        command.Parameters.Add(new() { Value = afterRevision });
        return await ReadKeysAsync(command, cancellationToken);
    }

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values)
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }

        return command;
    }

    private static NpgsqlParameter Nullable(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static async Task<List<KeyRow>> ReadKeysAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<KeyRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(new KeyRow(
                reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetString(2), reader.GetString(3), (Role)reader.GetInt16(4),
                reader.GetString(5), reader.GetString(6), reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset?>(8),
                reader.GetInt64(9)));
        }

        return keys;
    }
}
