using Npgsql;
using Platform.Contracts;

namespace Platform.Metering.Intake;

/// <summary>
/// Bounds what a lease holder tells of a lease by the money that Wallet gave it: twice what was granted and has not been returned, so that bills above their bounds have room. All that a holder tells counts in
/// the budgets of whoever shares the organisation or a user with it, and their hard limits follow them; beyond money that its own team had, nobody's calls are to be stopped by it (docs/decisions/0186).
/// </summary>
internal static class LeaseLimit
{
    private const int Times = 2;

    // In one order, so that no two transactions wait for each other; locked until this one ends.
    private const string Lock = """
        INSERT INTO lease_told AS told (lease_id, cost_nanos) SELECT lease_id, 0 FROM unnest($1) AS named (lease_id) ORDER BY lease_id
        ON CONFLICT (lease_id) DO UPDATE SET cost_nanos = told.cost_nanos
        RETURNING lease_id, cost_nanos
        """;

    private const string Write = "UPDATE lease_told SET cost_nanos = told.cost_nanos FROM unnest($1, $2) AS told (lease_id, cost_nanos) WHERE lease_told.lease_id = told.lease_id";

    /// <summary>Those of the rows that fit, which are counted by then; the others are refused and no longer known. Free where no lease holder told any.</summary>
    /// <param name="rows">In the order in which they were told, which is the one in which they are decided.</param>
    /// <param name="added">Those whose identities this transaction has added.</param>
    public static async Task<List<IntakeRow>> KeepAllowedAsync(
        NpgsqlTransaction transaction, IReadOnlyList<IntakeRow> rows, List<IntakeRow> added, CancellationToken cancellationToken)
    {
        var newOfHolders = added.Where(row => row.LeaseGranted is not null).ToHashSet();
        if (newOfHolders.Count == 0)
        {
            return added;
        }

        var ofHolders = rows.Where(newOfHolders.Contains).ToList();

        var told = await LockAsync(transaction, [.. ofHolders.Select(row => row.Usage.LeaseId!.Value).Distinct()], cancellationToken);
        foreach (var row in ofHolders)
        {
            row.Refusal = Decide(row, told);
        }

        await WriteAsync(transaction, told, cancellationToken);
        var refused = ofHolders.FindAll(row => row.Refusal is not null);
        if (refused.Count == 0)
        {
            return added;
        }

        await IdentityStore.RemoveAsync(transaction, [.. refused.Select(row => row.Usage.RecordId)], cancellationToken);
        return added.FindAll(row => row.Refusal is null);
    }

    /// <summary>Null when the row fits; its cost is then counted.</summary>
    private static string? Decide(IntakeRow row, Dictionary<Guid, long> told)
    {
        var (leaseId, granted) = (row.Usage.LeaseId!.Value, row.LeaseGranted!.Value);
        var after = told[leaseId] + (row.Usage.Cost?.TotalNanos ?? 0);
        if (after > (Int128)granted * Times)
        {
            return $"With it the usage of lease {leaseId} would cost {new Money(after)}, more than twice the {new Money(granted)} that the lease was granted and has not returned. Check tokens and model. "
                + "If the provider did bill it, take it out of the lease (SuspendDraw, with its bound): an operator settles it by the bill.";
        }

        told[leaseId] = after;
        return null;
    }

    private static async Task<Dictionary<Guid, long>> LockAsync(NpgsqlTransaction transaction, Guid[] leaseIds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Lock, transaction.Connection, transaction) { Parameters = { new() { Value = leaseIds } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var told = new Dictionary<Guid, long>(leaseIds.Length);
        while (await reader.ReadAsync(cancellationToken))
        {
            told.Add(reader.GetGuid(0), reader.GetInt64(1));
        }

        return told;
    }

    private static async Task WriteAsync(NpgsqlTransaction transaction, Dictionary<Guid, long> told, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Write, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = told.Keys.ToArray() }, new() { Value = told.Values.ToArray() } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
