using Npgsql;
using Platform.Postgres.Forgetting;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <summary>What money without tokens moved into (above 0) or out of (below 0) what a wallet has spent, in nano-units.</summary>
internal readonly record struct AdjustedSpend(Guid RecordId, string WalletId, long Nanos);

/// <summary>Keeps what of a wallet's spent says nothing of its pace (docs/decisions/0236).</summary>
internal static class AdjustedSpendStore
{
    /// <summary>Twice as long as paces look back.</summary>
    public static readonly AgingTable Aging = new("adjusted_spend", _ => 60);

    private const string Insert = """
        INSERT INTO adjusted_spend (record_id, wallet_id, nanos, recorded_at) SELECT record_id, wallet_id, nanos, $4 FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS a(record_id, wallet_id, nanos)
        """;

    /// <summary>Nothing for none, as nearly always.</summary>
    /// <param name="now">When the unit's transfers are recorded.</param>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyCollection<AdjustedSpend> adjusted, DateTimeOffset now)
    {
        if (adjusted.Count > 0)
        {
            batch.BatchCommands.Add(LedgerStore.Command(
                Insert, adjusted.Select(row => row.RecordId).ToArray(), adjusted.Select(row => row.WalletId).ToArray(), adjusted.Select(row => row.Nanos).ToArray(), now));
        }
    }
}
