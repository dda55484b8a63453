using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.Intake;

/// <summary>
/// Money without tokens gives a team back no more than its usage of the same funding has cost so far: what was never charged cannot be given back, and a wallet that has spent less could not post it.
/// Decided in the transaction, one after the other, so that no two give back the same money. Free where nothing is given back.
/// </summary>
internal static class CreditLimit
{
    // Whoever gives something back waits for whoever does so now. It is the row that every intake of others' usage counts itself in (ToldLimit), so this comes right before that: locks are taken in one order.
    private const string Lock = "SELECT 1 FROM usage_told FOR UPDATE";

    private static readonly string Costs = $"""
        SELECT team_id, funding, sum(cost_nanos)::bigint FROM usage_summary WHERE grain = {(int)RollupGrain.Day} AND team_id = ANY($1) GROUP BY team_id, funding
        """;

    /// <summary>Those of the rows that may stand; the others are refused and no longer known.</summary>
    /// <param name="rows">In the order in which they were told, which is the one in which they are decided.</param>
    /// <param name="added">Those that stand so far.</param>
    public static async Task<List<IntakeRow>> KeepAllowedAsync(
        NpgsqlTransaction transaction, IReadOnlyList<IntakeRow> rows, List<IntakeRow> added, CancellationToken cancellationToken)
    {
        var credits = added.FindAll(row => row.Usage.Event.AdjustmentNanos < 0);
        if (credits.Count == 0)
        {
            return added;
        }

        var left = await ReadAsync(transaction, [.. credits.Select(row => row.Usage.Event.TeamId).Distinct()], cancellationToken);
        foreach (var row in rows.Where(credits.Contains))
        {
            row.Refusal = Decide(row.Usage.Event, left);
        }

        var refused = credits.FindAll(row => row.Refusal is not null);
        if (refused.Count == 0)
        {
            return added;
        }

        await IdentityStore.RemoveAsync(transaction, [.. refused.Select(row => row.Usage.RecordId)], cancellationToken);
        return added.FindAll(row => row.Refusal is null);
    }

    /// <summary>Null when it may stand; it is then counted.</summary>
    private static string? Decide(UsageEvent credit, Dictionary<(string Team, Funding Funding), long> left)
    {
        var of = (credit.TeamId, credit.Funding);
        var cost = left.GetValueOrDefault(of);
        if (cost + credit.AdjustmentNanos < 0)
        {
            return $"Team '{credit.TeamId}' cannot be given back {new Money(-credit.AdjustmentNanos)}: its usage of funding {UsageMessages.ToClass(credit.Funding)} has cost {new Money(cost)} so far. "
                + "Divide it among the teams that were charged, or bring money in by kt wallets credit.";
        }

        left[of] = cost + credit.AdjustmentNanos;
        return null;
    }

    // Leased usage and external usage are charged to the same wallets, and what is given back of either comes as external.
    private static async Task<Dictionary<(string Team, Funding Funding), long>> ReadAsync(NpgsqlTransaction transaction, string[] teams, CancellationToken cancellationToken)
    {
        await using (var lockCommand = new NpgsqlCommand(Lock, transaction.Connection, transaction))
        {
            await lockCommand.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var command = new NpgsqlCommand(Costs, transaction.Connection, transaction) { Parameters = { new() { Value = teams, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var costs = new Dictionary<(string, Funding), long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var funding = (Funding)reader.GetInt16(1) == Funding.History ? Funding.History : Funding.External;
            var of = (reader.GetString(0), funding);
            costs[of] = costs.GetValueOrDefault(of) + reader.GetInt64(2);
        }

        return costs;
    }
}
