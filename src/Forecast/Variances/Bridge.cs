using Platform.Forecast.Segments;

namespace Platform.Forecast.Variances;

/// <summary>
/// The way from one period's spend to another's, in parts that add up to the change to the nano, cell by cell: what accounting tells apart (<see cref="CarvedPeriod"/>), and of the
/// rest days × calls a day × workload mix × lane mix × model mix × tokens a call × price of a token, by <see cref="ShapleyValue"/>. Calls are the team's own, so that an
/// organisation's parts are the sums of its teams'. Pure.
/// </summary>
internal static class Bridge
{
    private const double MostTimes = 10;

    private static readonly Driver[] Factors =
        [Driver.Calendar, Driver.Volume, Driver.WorkloadMix, Driver.LaneMix, Driver.ModelMix, Driver.TokensPerCall, Driver.Price];

    /// <summary>Nothing that did not change is among them.</summary>
    public static List<Change> Of(PeriodFigures before, PeriodFigures current, Func<CellKey, double> outputWeight)
    {
        var (was, now) = (CarvedPeriod.Of(before, outputWeight), CarvedPeriod.Of(current, outputWeight));
        var changes = new List<Change>();
        foreach (var (driver, cell, subject) in was.Parts.Keys.Union(now.Parts.Keys))
        {
            changes.Add(Change.Between(driver, cell, was.Parts.GetValueOrDefault((driver, cell, subject)), now.Parts.GetValueOrDefault((driver, cell, subject)), subject));
        }

        foreach (var segment in before.Refused.Keys.Union(current.Refused.Keys))
        {
            var (cell, refused) = (new CellKey(segment.TeamId, segment.Workload, segment.Lane, "", ""), (before.Refused.GetValueOrDefault(segment), current.Refused.GetValueOrDefault(segment)));
            changes.Add(Change.Between(Driver.Refusals, cell, refused.Item1, refused.Item2, side: Side.Asked));
            changes.Add(Change.Between(Driver.Refusals, cell, -refused.Item1, -refused.Item2, side: Side.Refused));
        }

        AddFactors(changes, was, now);
        return changes;
    }

    private static void AddFactors(List<Change> changes, CarvedPeriod was, CarvedPeriod now)
    {
        var (callsBefore, callsNow) = (new Totals(was), new Totals(now));
        foreach (var key in was.Bases.Keys.Union(now.Bases.Keys))
        {
            var (before, current) = (was.Bases.GetValueOrDefault(key), now.Bases.GetValueOrDefault(key));
            if ((Parted(key, before, current, false) ?? Parted(key, before, current, true)) is { } parts)
            {
                changes.AddRange(ShapleyValue.InWhole(parts, current.Nanos - before.Nanos).Select((nanos, i) => new Change(Factors[i], key, nanos)).Where(change => change.Nanos != 0));
            }
            else
            {
                changes.Add(Change.Between(Driver.Corrections, key, before.Nanos, current.Nanos));
            }
        }

        // Null where factors contradict each other: their parts would be many times what they explain.
        double[]? Parted(CellKey key, CellBase before, CellBase current, bool byCall)
        {
            byCall |= (before.Calls > 0 && before.Tokens <= 0) || (current.Calls > 0 && current.Tokens <= 0);
            var (factorsBefore, factorsNow) = (callsBefore.Factors(key, before, byCall), callsNow.Factors(key, current, byCall));

            // Where a share of nothing is asked for, it is what it is in the other period: what is new or gone is told by the widest group that is.
            for (var i = 0; i < Factors.Length; i++)
            {
                factorsBefore[i] = double.IsNaN(factorsBefore[i]) ? factorsNow[i] : factorsBefore[i];
                factorsNow[i] = double.IsNaN(factorsNow[i]) ? factorsBefore[i] : factorsNow[i];
            }

            var parts = ShapleyValue.OfProduct(factorsBefore, factorsNow);
            var most = MostTimes * (Math.Abs((double)before.Nanos) + Math.Abs((double)current.Nanos));
            return parts.All(part => Math.Abs(part) <= most) ? parts : null;
        }
    }

    /// <summary>Calls of a period, by team, workload and lane.</summary>
    private sealed class Totals
    {
        private readonly double _days;
        private readonly Dictionary<string, double> _teams = [];
        private readonly Dictionary<(string Team, string Workload), double> _workloads = [];
        private readonly Dictionary<SegmentKey, double> _segments = [];

        public Totals(CarvedPeriod period)
        {
            _days = period.Days;
            foreach (var (key, cell) in period.Bases)
            {
                _teams[key.TeamId] = _teams.GetValueOrDefault(key.TeamId) + cell.Calls;
                _workloads[(key.TeamId, key.Workload)] = _workloads.GetValueOrDefault((key.TeamId, key.Workload)) + cell.Calls;
                _segments[key.Segment] = _segments.GetValueOrDefault(key.Segment) + cell.Calls;
            }
        }

        /// <summary>In the order of <see cref="Bridge.Factors"/>; not a number where there is nothing to have a share of.</summary>
        /// <param name="byCall">Price a call rather than a token: also for calls without tokens, such as images.</param>
        public double[] Factors(CellKey key, CellBase cell, bool byCall)
        {
            var (team, workload, segment) = (_teams.GetValueOrDefault(key.TeamId), _workloads.GetValueOrDefault((key.TeamId, key.Workload)), _segments.GetValueOrDefault(key.Segment));
            var tokens = byCall ? cell.Calls : cell.Tokens;
            return [_days, team / _days, workload / team, segment / workload, cell.Calls / segment, tokens / cell.Calls, cell.Nanos / tokens];
        }
    }
}
