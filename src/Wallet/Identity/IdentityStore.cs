using Npgsql;
using NpgsqlTypes;

namespace Platform.Wallet.Identity;

/// <summary>All SQL of the organisation, and the writing side of the audit log.</summary>
internal sealed class IdentityStore(NpgsqlDataSource dataSource)
{
    /// <summary>Channel on which PostgreSQL tells every replica that the directory has a new revision.</summary>
    public const string Channel = "identity_changed";

    /// <summary>A connection that is dead and does not say so must not be waited for for long: each replica asks this once a second, and is trusted for what it hears.</summary>
    private const int LookSeconds = 3;

    private const string NextRevision = "UPDATE identity.organisation SET revision = revision + 1 RETURNING revision, currency";

    private const string InsertAudit = """
        INSERT INTO identity.audit_log (actor, action, subject, before, after, recorded_at) VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6)
        """;

    public async Task<OrganisationRow?> ReadOrganisationAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT name, currency, revision FROM identity.organisation");
        command.CommandTimeout = LookSeconds;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new OrganisationRow(reader.GetString(0), reader.GetString(1), reader.GetInt64(2)) : null;
    }

    public static async Task InsertOrganisationAsync(
        NpgsqlTransaction transaction, string name, string currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(
            transaction, "INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ($1, $2, 0, $3)").With(name, currency, now);
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

    /// <summary>
    /// Adds a line to the audit log. Lines wait for each other until their transaction ends, since each is chained to the one before: write it after all else
    /// that takes locks.
    /// </summary>
    public static async Task AuditAsync(NpgsqlTransaction transaction, AuditEntry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = Command(transaction, InsertAudit)
            .With(entry.Actor, entry.Action, entry.Subject, Nullable(entry.Before), Nullable(entry.After), now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string sql) => new(sql, transaction.Connection, transaction);

    // Sent as text, because the statement casts it: a parameter without a type would be taken for jsonb.
    private static NpgsqlParameter Nullable(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
