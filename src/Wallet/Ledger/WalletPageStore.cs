using System.Data;
using Npgsql;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>Which wallets are meant: those that all of it takes.</summary>
/// <param name="TeamId">Empty: of all teams, and the organisation's.</param>
/// <param name="Scopes">Empty: all; so of <paramref name="Statuses"/>.</param>
/// <param name="Frozen">Null: frozen or not.</param>
/// <param name="NeedsAction">Only those that are frozen, overdrawn, low, or have run out.</param>
/// <param name="Search">What an id or a name begins with; empty: all.</param>
internal sealed record WalletFilter(
    string TeamId, IReadOnlyList<WalletScope> Scopes, IReadOnlyList<WalletStatus> Statuses, bool? Frozen, bool NeedsAction, string Search);

/// <summary>The place of a wallet in an order, behind which a page begins.</summary>
/// <param name="Number">What the order goes by before ids: left_level, or held below zero; 0 in the order of ids.</param>
internal sealed record WalletPlace(long Number, string TeamId, string WalletId);

/// <param name="Place">As <see cref="WalletPlace.Number"/>.</param>
internal sealed record WalletRow(WalletAccounts Wallet, long Place);

/// <summary>
/// Reads pages of wallets. One statement a combination of filters, so that each is planned with the index that serves it; numbers of scopes and statuses stand in it as they are, without which
/// the database could not tell that a partial index has all that is asked for; always in one order, because each text is a prepared statement of its own.
/// </summary>
internal sealed class WalletPageStore(NpgsqlDataSource dataSource)
{
    private const string Scope = "(CASE WHEN team_id IS NULL THEN 1 WHEN user_id IS NOT NULL THEN 3 WHEN application_id IS NOT NULL THEN 4 ELSE 2 END)";

    /// <summary>The highest left_level that is low; 0 for a wallet without low-balance levels.</summary>
    private const string LowTo = "coalesce(low_percents[1], 0)";

    private const string NeedsAction = $"(frozen OR overdrawn OR left_level <= {LowTo})";

    /// <summary>As <see cref="WalletAccounts.Undrawn"/>.</summary>
    private const string Undrawn = "least(leased_undrawn, held)";

    // Workers that are started for a scan of some milliseconds come when it is over.
    private const string PlanAlone = "SET LOCAL max_parallel_workers_per_gather = 0";

    /// <summary>Behind every character that a name can have.</summary>
    private const string Last = "\U0010FFFF";

    /// <param name="after">Null for the first page.</param>
    /// <returns>At most <paramref name="limit"/> rows, and the sums over all that the filter takes, whole and by team: of one snapshot. None where they are not asked for.</returns>
    public async Task<(List<WalletRow> Rows, WalletTotals? Totals, List<WalletTotals> TeamTotals)> ReadAsync(
        WalletFilter filter, WalletOrder order, WalletPlace? after, int limit, bool withTotals, bool withTeamTotals, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { new(PlanAlone), PageCommand(filter, order, after, limit) } };
        if (withTotals)
        {
            batch.BatchCommands.Add(TotalsCommand(filter, "''", ""));
        }

        if (withTeamTotals)
        {
            batch.BatchCommands.Add(TotalsCommand(filter, "coalesce(team_id, '')", "GROUP BY 8 ORDER BY 8"));
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = new List<WalletRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new WalletRow(LedgerStore.ReadWallet(reader), reader.GetInt64(reader.FieldCount - 1)));
        }

        var whole = withTotals ? await TotalsAsync() : [];
        return (rows, whole.SingleOrDefault(), withTeamTotals ? await TotalsAsync() : []);

        async Task<List<WalletTotals>> TotalsAsync()
        {
            var totals = new List<WalletTotals>();
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                totals.Add(ReadTotals(reader));
            }

            return totals;
        }
    }

    private static WalletTotals ReadTotals(NpgsqlDataReader reader) => new()
    {
        Wallets = reader.GetInt64(0), AvailableNanos = reader.GetInt64(1), HeldNanos = reader.GetInt64(2), SuspenseNanos = reader.GetInt64(3), SpentNanos = reader.GetInt64(4),
        OverageNanos = reader.GetInt64(5), LeasedUndrawnNanos = reader.GetInt64(6), TeamId = reader.GetString(7),
        ObservingWallets = reader.GetInt64(8), ChargedWallets = reader.GetInt64(9),
    };

    private static NpgsqlBatchCommand PageCommand(WalletFilter filter, WalletOrder order, WalletPlace? after, int limit)
    {
        var where = new Clauses(filter);
        var (place, key) = order switch
        {
            WalletOrder.Left => ("left_level::bigint", "left_level"),
            WalletOrder.Held => ($"{Undrawn} - held", $"({Undrawn} - held)"),
            WalletOrder.Id or WalletOrder.Unspecified => ("0::bigint", "coalesce(team_id, '')"),
        };
        if (after is not null)
        {
            object begin = order switch
            {
                WalletOrder.Left => (short)Math.Clamp(after.Number, 0, short.MaxValue),
                WalletOrder.Held => after.Number,
                WalletOrder.Id or WalletOrder.Unspecified => after.TeamId,
            };
            where.Add($"({key}, wallet_id) > ({where.Value(begin)}, {where.Value(after.WalletId)})");
        }

        var most = where.Value(limit);

        // In most wallets nothing is held, which the table shows sooner than what leases have of it: those in which something is are put in order apart.
        var ids = order == WalletOrder.Held
            ? $"SELECT wallet_id FROM (({First(key, "held > 0")}) UNION ALL ({First("0", "held = 0")})) h ORDER BY place, wallet_id LIMIT {most}"
            : $"SELECT wallet_id FROM wallet {where} ORDER BY {key}, wallet_id LIMIT {most}";

        // What is sorted is ids: whole rows would all be copied for it. As an array, because the rows of a join would be looked for by reading the whole table.
        return where.Command($"SELECT {LedgerStore.Columns}, {place} FROM wallet WHERE wallet_id = ANY (ARRAY({ids})) ORDER BY {key}, wallet_id");

        string First(string number, string which) =>
            $"SELECT {number}::bigint AS place, wallet_id FROM wallet {where.And(which)} ORDER BY place, wallet_id LIMIT {most}";
    }

    private static NpgsqlBatchCommand TotalsCommand(WalletFilter filter, string team, string groups)
    {
        var where = new Clauses(filter);
        return where.Command($"""
            SELECT count(*), {Sum("available")}, {Sum("held")}, {Sum("suspense")}, {Sum("spent")}, {Sum("overage")}, {Sum(Undrawn)}, {team},
                count(*) FILTER (WHERE observe AND NOT frozen AND team_id IS NOT NULL), count(team_id)
            FROM wallet {where} {groups}
            """);

        static string Sum(string figure) => $"coalesce(sum({figure}), 0)::bigint";
    }

    /// <summary>A WHERE clause and the values that it names.</summary>
    private sealed class Clauses
    {
        private readonly List<string> _all = [];
        private readonly List<NpgsqlParameter> _values = [];

        public Clauses(WalletFilter filter)
        {
            if (filter.TeamId.Length > 0)
            {
                Add($"coalesce(team_id, '') = {Value(filter.TeamId)}");
            }

            if (filter.Scopes.Count > 0)
            {
                Add($"{Scope} IN ({string.Join(", ", filter.Scopes.Distinct().Order().Select(scope => (int)scope))})");
            }

            if (filter.Statuses.Count > 0)
            {
                Add(filter.Statuses is [var only] ? Is(only) : $"({string.Join(" OR ", filter.Statuses.Distinct().Order().Select(status => $"({Is(status)})"))})");
            }

            if (filter.Frozen is { } frozen)
            {
                Add(frozen ? "frozen" : "NOT frozen");
            }

            if (filter.NeedsAction)
            {
                Add(NeedsAction);
            }

            if (filter.Search.Length > 0)
            {
                var (from, to) = (Value(filter.Search), Value(filter.Search + Last));
                Add($"""
                    ((wallet_id >= lower({from}) AND wallet_id < lower({to})) OR (wallet_id >= 'wal_' || lower({from}) AND wallet_id < 'wal_' || lower({to}))
                        OR (coalesce(user_id, application_id) >= lower({from}) AND coalesce(user_id, application_id) < lower({to}))
                        OR (lower(name) >= lower({from}) AND lower(name) < lower({to})))
                    """);
            }
        }

        public void Add(string clause) => _all.Add(clause);

        public string Value(object value)
        {
            _values.Add(new NpgsqlParameter { Value = value });
            return $"${_values.Count}";
        }

        public NpgsqlBatchCommand Command(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in _values)
            {
                command.Parameters.Add(value);
            }

            return command;
        }

        public string And(string clause) => $"WHERE {string.Join(" AND ", _all.Append(clause))}";

        public override string ToString() => _all.Count == 0 ? "" : $"WHERE {string.Join(" AND ", _all)}";

        /// <summary>As <see cref="ReadWallets.StatusOf"/>.</summary>
        private static string Is(WalletStatus status) => status switch
        {
            WalletStatus.Depleted => "left_level IN (0, 102)",
            WalletStatus.Low => $"left_level > 0 AND left_level <= {LowTo}",
            WalletStatus.Healthy or WalletStatus.Unspecified => $"left_level < 102 AND left_level > {LowTo}",
        };
    }
}
