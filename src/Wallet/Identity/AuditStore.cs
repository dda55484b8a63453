using Google.Protobuf;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;

namespace Platform.Wallet.Identity;

/// <summary>What entries of the audit log are asked for; empty texts and nulls for any.</summary>
/// <param name="Action">Exact, or a prefix that ends with '.'.</param>
internal sealed record AuditFilter(string Subject, string Actor, string Action, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>The reading side of the audit log.</summary>
internal sealed class AuditStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "audit_id, recorded_at, actor, action, subject, before::text, after::text, sha256";

    // One statement and so one snapshot; rows come as they are read, and nothing is locked.
    private const string Check = """
        WITH checked AS (
            SELECT audit_id, sha256, audit_id = row_number() OVER ordered
                AND sha256 = identity.audit_sha256(coalesce(lag(sha256) OVER ordered, ''), entry) AS follows
            FROM identity.audit_log entry WINDOW ordered AS (ORDER BY audit_id))
        SELECT count(*), coalesce(min(audit_id) FILTER (WHERE NOT follows), 0), (SELECT audit_id FROM identity.audit_head), (SELECT sha256 FROM identity.audit_head),
            (SELECT sha256 FROM identity.audit_log ORDER BY audit_id DESC LIMIT 1)
        FROM checked
        """;

    /// <summary>Entries before a number, newest first, and one more than the limit where there is one.</summary>
    public async Task<List<AuditRecord>> ListAsync(AuditFilter filter, long before, int limit, CancellationToken cancellationToken)
    {
        var prefix = filter.Action.EndsWith('.');
        var (where, values) = Filters.Of(
            ("audit_id < ", before), ("subject = ", Filters.Given(filter.Subject)), ("actor = ", Filters.Given(filter.Actor)),
            ("action = ", prefix ? null : Filters.Given(filter.Action)), ("action ^@ ", prefix ? filter.Action : null), ("recorded_at >= ", filter.From),
            ("recorded_at < ", filter.To));
        await using var command = dataSource
            .CreateCommand($"SELECT {Columns} FROM identity.audit_log {where} ORDER BY audit_id DESC LIMIT {limit + 1}").With(values);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<AuditRecord>();
        while (await reader.ReadAsync(cancellationToken))
        {
            records.Add(new AuditRecord
            {
                AuditId = reader.GetInt64(0),
                RecordedAt = reader.GetFieldValue<DateTimeOffset>(1).ToTimestampUtc(),
                Actor = reader.GetString(2),
                Action = reader.GetString(3),
                Subject = reader.GetString(4),
                BeforeJson = reader.IsDBNull(5) ? "" : reader.GetString(5),
                AfterJson = reader.IsDBNull(6) ? "" : reader.GetString(6),
                Sha256 = UnsafeByteOperations.UnsafeWrap(reader.GetFieldValue<byte[]>(7)),
            });
        }

        return records;
    }

    /// <summary>Derives every hash again.</summary>
    public async Task<VerifyAuditResponse> VerifyAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Check);
        command.CommandTimeout = 0; // As long as the log is; the caller's own deadline ends it.
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var entries = reader.GetInt64(0);
        var bad = reader.GetInt64(1);
        var newest = reader.IsDBNull(4) ? [] : reader.GetFieldValue<byte[]>(4);
        var complete = !reader.IsDBNull(2) && reader.GetInt64(2) == entries && reader.GetFieldValue<byte[]>(3).AsSpan().SequenceEqual(newest);
        return new VerifyAuditResponse
        {
            Consistent = bad == 0 && complete,
            Entries = entries,
            FirstBadAuditId = bad,
            HeadSha256 = ByteString.CopyFrom(newest),
            Finding = bad > 0 ? $"Entry {bad} does not follow from the one before it: it, or one before it, was changed or removed."
                : !complete ? "The newest entry is not the one that was written last: entries were removed from the end."
                : "",
        };
    }
}
