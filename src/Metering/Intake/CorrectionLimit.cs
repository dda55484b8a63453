using System.Globalization;
using Npgsql;
using Platform.Rating;

namespace Platform.Metering.Intake;

/// <summary>
/// A correction takes back no more than its record and the corrections before it have cost: decided in the transaction, with the record locked. One that leaves no token of a kind takes back what that kind
/// has cost, to the nano: rated by itself it could be one more, by what was rounded before, and be refused. One that takes the calls back takes all that is left with them: what is left of a call that was
/// not made is a slip.
/// </summary>
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
        var left = corrected.ToDictionary(pair => pair.Key, pair => pair.Value.Left);
        foreach (var row in corrections)
        {
            row.Refusal = Decide(row, left);
        }

        if (!corrections.Exists(row => row.Refusal is not null))
        {
            return added;
        }

        await IdentityStore.RemoveAsync(
            transaction, [.. corrections.Where(row => row.Refusal is not null).Select(row => row.Usage.RecordId)], cancellationToken);
        return added.FindAll(row => row.Refusal is null);
    }

    /// <summary>Null when the correction may stand; it is then counted, at the cost that it comes to.</summary>
    /// <param name="left">Of the corrected records with all their corrections so far.</param>
    private static string? Decide(IntakeRow row, Dictionary<Guid, UsageLeft> left)
    {
        var (id, told) = (row.Usage.CorrectsRecordId!.Value, row.Usage.Tokens);
        if (!left.TryGetValue(id, out var before))
        {
            return $"corrects_record_id {id} is no longer kept.";
        }

        var tokens = Sum(before.Tokens, told);
        var calls = before.Calls + row.Usage.Calls;
        if (Complaint(id, before, tokens, row.Usage.Calls) is { } complaint)
        {
            return complaint;
        }

        if (row.Usage.Cost is { } rated)
        {
            row.Settle(Settle(rated, told, row.Usage.Calls, before));
        }

        var cost = before.Cost + (row.Usage.Cost ?? default);
        if (cost.TotalNanos < 0)
        {
            return $"A correction of {id} cannot take back more than it and its corrections have cost.";
        }

        left[id] = new UsageLeft(tokens, cost, calls);
        return null;
    }

    /// <param name="after">What it would leave of the tokens.</param>
    /// <param name="calls">That it takes back, negative; else 0.</param>
    private static string? Complaint(Guid id, UsageLeft before, TokenCounts after, long calls) =>
        before.Calls == 0 && (calls != 0 || after != default)
            ? $"Record {id} was taken back whole: nothing of it can be corrected any more. Log the call anew."
        : calls != 0 && (before.Calls + calls != 0 || after != default)
            ? string.Create(CultureInfo.InvariantCulture, $"A correction with requests takes the record back whole: give {-before.Calls}, and all tokens that are left of {id} (kt usage correct --all).")
        : null;

    /// <summary>What a correction costs: as it was rated, but for kinds of which it leaves nothing.</summary>
    /// <param name="told">Its tokens.</param>
    /// <param name="calls">That it takes back, negative; else 0.</param>
    /// <param name="before">Its record with the corrections before it.</param>
    public static Rating.Cost Settle(Rating.Cost rated, TokenCounts told, long calls, UsageLeft before)
    {
        var (after, cost) = (Sum(before.Tokens, told), before.Cost);
        return rated with
        {
            InputNanos = Kind(told.Input, after.Input, rated.InputNanos, cost.InputNanos),
            CachedInputNanos = Kind(told.CachedInput, after.CachedInput, rated.CachedInputNanos, cost.CachedInputNanos),
            CacheWriteNanos = Kind(told.CacheWrite, after.CacheWrite, rated.CacheWriteNanos, cost.CacheWriteNanos),
            CacheWriteHourNanos = Kind(told.CacheWriteHour, after.CacheWriteHour, rated.CacheWriteHourNanos, cost.CacheWriteHourNanos),
            OutputNanos = Kind(told.Output, after.Output, rated.OutputNanos, cost.OutputNanos),
            ReasoningNanos = Kind(told.Reasoning, after.Reasoning, rated.ReasoningNanos, cost.ReasoningNanos),
            RequestNanos = calls != 0 ? -cost.RequestNanos : rated.RequestNanos,
        };

        static long Kind(long told, long after, long rated, long before) => told != 0 && after == 0 ? -before : rated;
    }

    internal static TokenCounts Sum(TokenCounts one, TokenCounts other) => new(
        one.Input + other.Input, one.CachedInput + other.CachedInput, one.CacheWrite + other.CacheWrite, one.Output + other.Output, one.Reasoning + other.Reasoning,
        one.CacheWriteHour + other.CacheWriteHour);
}
