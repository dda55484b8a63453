using Npgsql;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>All SQL of the streams of notices.</summary>
internal sealed class LeaseNoticeStore(NpgsqlDataSource dataSource)
{
    // The database's clock: who is live is decided by other replicas too.
    private const string Touch = """
        INSERT INTO lease_watch (stream_id, holder, last_seen) SELECT stream_id, holder, clock_timestamp() FROM unnest($1::uuid[], $2::text[]) AS s(stream_id, holder)
        ON CONFLICT (stream_id) DO UPDATE SET last_seen = excluded.last_seen
        """;

    private const string ReadRecalls = "SELECT holder, lease_id, reason FROM lease WHERE state = 2 AND holder = ANY($1) ORDER BY lease_id";

    private const string ReadRevision = "SELECT revision FROM lease_scopes";

    private const string RemoveStream = "DELETE FROM lease_watch WHERE stream_id = $1";

    private const string RemoveStale = "DELETE FROM lease_watch WHERE last_seen < clock_timestamp() - interval '1 minute'";

    /// <summary>Says that these streams are open, and reads what stands for their holders: one round trip.</summary>
    public async Task<(long Revision, ILookup<string, RecalledLease> Recalls)> RefreshAsync(
        Guid[] streams, string[] holders, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(LedgerStore.Command(ReadRevision));
        batch.BatchCommands.Add(LedgerStore.Command(ReadRecalls, [holders]));
        batch.BatchCommands.Add(LedgerStore.Command(Touch, streams, holders));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var revision = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var recalls = new List<(string Holder, RecalledLease Lease)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            recalls.Add((reader.GetString(0), new RecalledLease(reader.GetGuid(1), reader.GetString(2))));
        }

        // To the end, so that an error of the last statement is seen.
        await reader.NextResultAsync(cancellationToken);
        return (revision, recalls.ToLookup(recall => recall.Holder, recall => recall.Lease));
    }

    public async Task RemoveAsync(Guid stream, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(RemoveStream);
        command.Parameters.Add(new() { Value = stream });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Forgets streams of replicas that died.</summary>
    public async Task RemoveStaleAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(RemoveStale);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
