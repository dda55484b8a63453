using Platform.Forecast.Segments;

namespace Platform.Forecast.Variances;

/// <summary>What is left of a cell when all that is told apart is taken off: its calls and tokens, at default prices, first choices and without waste.</summary>
/// <param name="Tokens">Input, and output at its weight.</param>
internal readonly record struct CellBase(double Calls, double Tokens, long Nanos);

/// <summary>
/// A period taken apart by accounting, in a stated order: waste, each of its kinds; of the rest what was planned; then what routing saved and falling back cost more. What is left
/// is for factors to explain. Cost = base + waste + planned − routing + fallback + corrections, cell by cell, to the nano; money without tokens is with corrections. Pure.
/// </summary>
internal sealed class CarvedPeriod
{
    private readonly Dictionary<CellKey, CellUsage> _left;

    private CarvedPeriod(PeriodFigures figures) => (_left, Days) = (new(figures.Cells), figures.Days);

    public double Days { get; }

    /// <summary>Cells with calls.</summary>
    public Dictionary<CellKey, CellBase> Bases { get; } = [];

    /// <summary>What was taken off, by what and where; it is part of the cost.</summary>
    public Dictionary<(Driver Driver, CellKey Cell, string Subject), long> Parts { get; } = [];

    /// <param name="outputWeight">What a token of output costs for each token of input, by provider and model.</param>
    public static CarvedPeriod Of(PeriodFigures figures, Func<CellKey, double> outputWeight)
    {
        var carved = new CarvedPeriod(figures);
        foreach (var waste in figures.Waste.OrderBy(waste => waste.Driver))
        {
            carved.TakeWaste(waste);
        }

        foreach (var planned in figures.Planned)
        {
            carved.TakePlanned(planned);
        }

        foreach (var (key, usage) in carved._left)
        {
            carved.Settle(key, usage, outputWeight(key));
        }

        foreach (var (cell, nanos) in figures.Adjustments)
        {
            carved.Add(Driver.Corrections, cell, "", nanos);
        }

        return carved;
    }

    // A waste figure is of another service's records: never more than the cell itself has.
    private void TakeWaste(WastedSpend waste)
    {
        if (!_left.TryGetValue(waste.Cell, out var usage) || usage.CostNanos <= 0)
        {
            return;
        }

        var nanos = Math.Clamp(waste.Nanos, 0, usage.CostNanos);
        Add(waste.Driver, waste.Cell, "", nanos);
        _left[waste.Cell] = usage with
        {
            Calls = Math.Max(0, usage.Calls - waste.Calls), InputTokens = Math.Max(0, usage.InputTokens - waste.InputTokens),
            OutputTokens = Math.Max(0, usage.OutputTokens - waste.OutputTokens), CostNanos = usage.CostNanos - nanos,
        };
    }

    private void TakePlanned(PlannedSpend planned)
    {
        CellKey[] own = [.. _left.Keys.Where(key => key.Segment == planned.Segment && _left[key].CostNanos > 0)];
        var named = own.Where(key => key.Model == planned.Model).ToArray();
        CellKey[] cells = [.. (named.Length > 0 ? named : own).OrderByDescending(key => _left[key].CostNanos).ThenBy(key => key.Provider, StringComparer.Ordinal).ThenBy(key => key.Model, StringComparer.Ordinal)];
        var all = cells.Sum(key => (decimal)_left[key].CostNanos);
        var rest = (long)Math.Min(all, planned.Nanos);
        foreach (var (place, key) in cells.Index())
        {
            var usage = _left[key];
            var share = Projection.Nanos.FromForecast(planned.Nanos * (usage.CostNanos / (double)all));
            var nanos = Math.Min(usage.CostNanos, place == cells.Length - 1 ? rest : Math.Min(rest, share));
            var kept = 1 - (nanos / (double)usage.CostNanos);
            rest -= nanos;
            Add(Driver.Plan, key, planned.PlanId, nanos);
            _left[key] = usage with { Calls = usage.Calls * kept, InputTokens = usage.InputTokens * kept, OutputTokens = usage.OutputTokens * kept, CostNanos = usage.CostNanos - nanos };
        }
    }

    private void Settle(CellKey key, CellUsage usage, double outputWeight)
    {
        Add(Driver.Routing, key, "", -usage.SavingNanos);
        Add(Driver.Fallback, key, "", usage.PremiumNanos);
        var nanos = usage.CostNanos + usage.SavingNanos - usage.PremiumNanos;
        if (usage.Calls > 0)
        {
            Bases.Add(key, new CellBase(usage.Calls, Math.Max(0, usage.InputTokens + outputWeight * usage.OutputTokens), nanos));
        }
        else
        {
            Add(Driver.Corrections, key, "", nanos);
        }
    }

    private void Add(Driver driver, CellKey cell, string subject, long nanos)
    {
        if (nanos != 0)
        {
            Parts[(driver, cell, subject)] = Parts.GetValueOrDefault((driver, cell, subject)) + nanos;
        }
    }
}
