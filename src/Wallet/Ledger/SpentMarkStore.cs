using Npgsql;

namespace Platform.Wallet.Ledger;

/// <summary>What a wallet and all below it have left and spent now.</summary>
/// <param name="Wallets">How many they are; 0 when there is no such wallet.</param>
/// <param name="Left">As <see cref="WalletAccounts.Left"/>.</param>
/// <param name="Adjusted">What of it was moved by money without tokens since each hour that was asked for, in their order: no part of a pace.</param>
internal readonly record struct TreeNow(long Wallets, long Left, long Spent, IReadOnlyList<long> Adjusted);

/// <summary>What a wallet and all below it had spent at full hours. Of ten thousand wallets that is a long look-up, and its answer never changes: it is made once and kept (decision 0230).</summary>
internal sealed class SpentMarkStore(NpgsqlDataSource dataSource)
{
    // The organisation's wallet is above all of its teams' and theirs, a team's above those of its users and applications. What is left is as WalletAccounts.Left has it.
    private const string ReadNow = """
        SELECT count(*), coalesce(sum(available + held - least(greatest(leased_drawn, 0), held)), 0)::bigint, coalesce(sum(spent), 0)::bigint, (
            SELECT array_agg((
                SELECT coalesce(sum(a.nanos), 0)::bigint FROM adjusted_spend a JOIN wallet w USING (wallet_id)
                WHERE a.recorded_at >= hour AND (w.wallet_id = $1 OR w.parent_id = $1 OR w.parent_id IN (SELECT wallet_id FROM wallet WHERE parent_id = $1))) ORDER BY place)
            FROM unnest($2::timestamptz[]) WITH ORDINALITY AS h(hour, place))
        FROM wallet
        WHERE wallet_id = $1 OR parent_id = $1 OR parent_id IN (SELECT wallet_id FROM wallet WHERE parent_id = $1)
        """;

    private const string ReadKept = "SELECT marked_at, spent FROM spent_mark WHERE wallet_id = $1 AND marked_at = ANY($2)";

    private const string LookUp = """
        WITH looked AS MATERIALIZED (SELECT hour, tree_spent_at($1, hour) AS spent FROM unnest($2::timestamptz[]) AS hour),
            kept AS (INSERT INTO spent_mark (wallet_id, marked_at, spent) SELECT $1, hour, spent FROM looked ON CONFLICT DO NOTHING)
        SELECT hour, spent FROM looked
        """;

    private const string Forget = "DELETE FROM spent_mark WHERE marked_at < $1";

    /// <param name="hours">At least one.</param>
    public async Task<TreeNow> ReadNowAsync(string walletId, DateTimeOffset[] hours, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ReadNow);
        command.Parameters.Add(new() { Value = walletId });
        command.Parameters.Add(new() { Value = hours });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new TreeNow(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetFieldValue<long[]>(3));
    }

    /// <summary>Less refunds, by hour.</summary>
    /// <param name="hours">So long past that nothing is recorded before them any more, whatever the clocks of the replicas say.</param>
    public async Task<IReadOnlyDictionary<DateTimeOffset, long>> ReadAsync(
        string walletId, IReadOnlyCollection<DateTimeOffset> hours, CancellationToken cancellationToken)
    {
        var spent = new Dictionary<DateTimeOffset, long>();
        await AddAsync(ReadKept, hours);
        // One at a time, each kept when it is found: who gives up waits for less the next time.
        foreach (var hour in hours.Where(hour => !spent.ContainsKey(hour)).ToList())
        {
            await AddAsync(LookUp, [hour]);
        }

        return spent;

        async Task AddAsync(string sql, IReadOnlyCollection<DateTimeOffset> moments)
        {
            await using var command = dataSource.CreateCommand(sql);
            command.Parameters.Add(new() { Value = walletId });
            command.Parameters.Add(new() { Value = moments.ToArray() });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                spent[reader.GetFieldValue<DateTimeOffset>(0)] = reader.GetInt64(1);
            }
        }
    }

    /// <summary>Forgets the marks of hours before a moment.</summary>
    public async Task ForgetAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Forget);
        command.Parameters.Add(new() { Value = before });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
