using Npgsql;

namespace Platform.Metering.Intake;

/// <summary>A correction takes back no more than its record and the corrections before it have cost: decided in the transaction, with the record locked.</summary>
internal static class CorrectionLimit
{
    /// <summary>Those of the rows that may stand; the others are refused and no longer known.</summary>
    /// <param name="rows">In the order in which they were told, which is the one in which they are decided.</param>
    /// <param name="added">Those whose identities this transaction has added.</param>
    public static async Task<List<IntakeRow>> KeepAllowedAsync(
        NpgsqlTransaction transaction, IReadOnlyList<IntakeRow> rows, List<IntakeRow> added, CancellationToken cancellationToken)
    {
        var newCorrections = added.Where(row => row.Usage.CorrectsRecordId is not null).ToHashSet();
        if (newCorrections.Count == 0)
        {
            return added;
        }

        var corrections = rows.Where(newCorrections.Contains).ToList();

        var corrected = await UsageStore.ReadCorrectedAsync(
            transaction.Connection!, transaction, [.. corrections.Select(row => row.Usage.CorrectsRecordId!.Value).Distinct()], cancellationToken);
        var costs = corrected.ToDictionary(pair => pair.Key, pair => pair.Value.CostNanos);
        foreach (var row in corrections)
        {
            row.Refusal = Decide(row.Usage, costs);
        }

        if (!corrections.Exists(row => row.Refusal is not null))
        {
            return added;
        }

        await IdentityStore.RemoveAsync(
            transaction, [.. corrections.Where(row => row.Refusal is not null).Select(row => row.Usage.RecordId)], cancellationToken);
        return added.FindAll(row => row.Refusal is null);
    }

    /// <summary>Null when the correction may stand; it is then counted.</summary>
    /// <param name="costs">Of the corrected records with all their corrections so far.</param>
    internal static string? Decide(RatedUsage correction, Dictionary<Guid, long> costs)
    {
        var id = correction.CorrectsRecordId!.Value;
        if (!costs.TryGetValue(id, out var cost))
        {
            return $"corrects_record_id {id} is no longer kept.";
        }

        var after = cost + (correction.Cost?.TotalNanos ?? 0);
        if (after < 0)
        {
            return $"A correction of {id} cannot take back more than it and its corrections have cost.";
        }

        costs[id] = after;
        return null;
    }
}
