using Npgsql;
using Platform.Contracts;

namespace Platform.Metering.Intake;

/// <summary>
/// Keeps all sums within 64 bits (docs/decisions/0113): what others than gateways tell, and what prices correct, is added up for ever, and nothing is taken in that would
/// take a total beyond <see cref="Most"/>. No sum of any part of what is recorded can then leave the range, wherever it is made. What gateways tell is bounded by money.
/// </summary>
internal static class ToldLimit
{
    /// <summary>Four thousand million units of currency, and as many tokens and calls as that has nano-units: less than half of what 64 bits hold.</summary>
    public const long Most = 4_000_000_000 * Money.NanosPerUnit;

    /// <summary>What so many intakes at once may add without waiting for each other: a thousandth of the range, so that those that overlap cannot leave it.</summary>
    private const long Little = Most / 1_000;

    private const string Select = "SELECT cost_nanos, tokens, calls FROM usage_told";
    private const string Lock = Select + " FOR UPDATE";
    private const string Add = "UPDATE usage_told SET cost_nanos = cost_nanos + $1, tokens = tokens + $2, calls = calls + $3";

    /// <summary>Those of the rows that fit; the others are refused and no longer known. Free where gateways told all of them.</summary>
    /// <param name="added">Those whose identities this transaction has added.</param>
    public static async Task<List<IntakeRow>> KeepAllowedAsync(NpgsqlTransaction transaction, List<IntakeRow> added, CancellationToken cancellationToken)
    {
        if (added.TrueForAll(row => ToldFigures.IsGateways(row.Usage)))
        {
            return added;
        }

        // The corrections of one record stand or fall together: what one takes back may be what another one adds, as CorrectionLimit has counted it.
        var refused = await FindRefusedAsync(transaction, added.ConvertAll(row => row.Usage), usage => usage.CorrectsRecordId ?? usage.RecordId, cancellationToken);
        if (refused.Count == 0)
        {
            return added;
        }

        foreach (var row in added.Where(row => refused.Contains(row.Usage.RecordId)))
        {
            row.Refusal = "With it, all that was ever told would cost more than four thousand million units of currency, or be of as many thousand million tokens or "
                + "calls: figures could no longer be kept. Take back what was a slip (kt imports undo, kt usage correct), then tell it again.";
        }

        await IdentityStore.RemoveAsync(transaction, [.. refused], cancellationToken);
        return added.FindAll(row => row.Refusal is null);
    }

    /// <summary>The records that would take a total out of its range. Until the transaction's end nobody else takes the room of the others.</summary>
    /// <param name="together">What has one such key is refused whole or not at all, by its sum.</param>
    public static async Task<HashSet<Guid>> FindRefusedAsync(
        NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> usages, Func<RatedUsage, Guid> together, CancellationToken cancellationToken)
    {
        var brings = Sum(usages);
        var total = await ReadAsync(transaction, Select, cancellationToken);
        if (Sum(usages, isGross: true).Fits(Little) && (total + brings).Fits(Most - Little))
        {
            return [];
        }

        total = await ReadAsync(transaction, Lock, cancellationToken);
        var refused = new HashSet<Guid>();

        // Corrections first: what one takes back is room for the others.
        foreach (var whole in usages.OrderBy(usage => usage.CorrectsRecordId is null).GroupBy(together))
        {
            var next = whole.Aggregate(total, (sum, usage) => sum + ToldFigures.Of(usage));
            if (next.Exceeds(total, Most))
            {
                refused.UnionWith(whole.Select(usage => usage.RecordId));
            }
            else
            {
                total = next;
            }
        }

        return refused;
    }

    /// <summary>Counts what the transaction stores; call it before the roll-ups, so that all intakes lock in one order.</summary>
    public static async Task AddAsync(NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> stored, CancellationToken cancellationToken)
    {
        var brings = Sum(stored);
        if (brings == default)
        {
            return;
        }

        await using var command = new NpgsqlCommand(Add, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = brings.CostNanos }, new() { Value = brings.Tokens }, new() { Value = brings.Calls } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static ToldFigures Sum(IReadOnlyList<RatedUsage> usages, bool isGross = false)
    {
        var sum = default(ToldFigures);
        foreach (var usage in usages)
        {
            if (!ToldFigures.IsGateways(usage))
            {
                var figures = ToldFigures.Of(usage);
                sum += isGross ? figures.Abs() : figures;
            }
        }

        return sum;
    }

    private static async Task<ToldFigures> ReadAsync(NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new ToldFigures(reader.GetDecimal(0), reader.GetDecimal(1), reader.GetDecimal(2));
    }
}

/// <summary>What usage adds to the totals of what is told. Whole numbers, wider than 64 bits.</summary>
internal readonly record struct ToldFigures(decimal CostNanos, decimal Tokens, decimal Calls)
{
    /// <summary>
    /// Nothing of what a gateway tells. Of compared costs the greatest counts: they are added up too. Money without tokens counts whatever its sign: no record bounds what is given back, so that it would make
    /// room for as much of others, and the sum of those alone could leave the range.
    /// </summary>
    public static ToldFigures Of(RatedUsage usage)
    {
        if (IsGateways(usage))
        {
            return default;
        }

        var told = usage.Event;
        var cost = usage.Cost?.TotalNanos ?? 0;
        var figures = new ToldFigures(
            told.HasAdjustmentNanos ? Math.Abs(told.AdjustmentNanos) : usage.CorrectsRecordId is null ? Math.Max(Math.Max(cost, told.PrimaryCostNanos), Math.Max(told.DefaultCostNanos, told.ShadowCostNanos)) : cost,
            usage.Tokens.TotalInput + usage.Tokens.Output + usage.Tokens.Reasoning, usage.Calls);
        return usage.OccurredAt == usage.PricedAt ? figures : figures.Abs();
    }

    public static bool IsGateways(RatedUsage usage) => usage.Event.Source.StartsWith(UsageSources.GatewayPrefix, StringComparison.Ordinal);

    public static ToldFigures operator +(ToldFigures left, ToldFigures right) =>
        new(left.CostNanos + right.CostNanos, left.Tokens + right.Tokens, left.Calls + right.Calls);

    public ToldFigures Abs() => new(Math.Abs(CostNanos), Math.Abs(Tokens), Math.Abs(Calls));

    public bool Fits(long most) => CostNanos <= most && Tokens <= most && Calls <= most;

    /// <summary>True when a figure is beyond the limit and has grown: what makes it smaller is always welcome.</summary>
    public bool Exceeds(ToldFigures before, long most) =>
        (CostNanos > most && CostNanos > before.CostNanos) || (Tokens > most && Tokens > before.Tokens) || (Calls > most && Calls > before.Calls);
}
