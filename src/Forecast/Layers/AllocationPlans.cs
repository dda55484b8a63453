using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>
/// Gives a total to teams. Enough for all: each gets what covers the asked share of its futures. Else every team gets what covers the same, lower share: that leaves the least
/// expected demand unfunded of all ways to share the total (where one team were surer than another, money moved to the other would do more).
/// </summary>
internal static class AllocationPlans
{
    private const int Halvings = 60;

    /// <param name="demand">By team, what each path asks for, ascending.</param>
    /// <param name="refused">By team, what is expected to be refused for want of money; teams of which nothing is may be left out.</param>
    /// <param name="countsRefused">It is in the demand.</param>
    public static AllocationPlan Of(
        IReadOnlyList<(string TeamId, long[] Demand)> demand, long total, double confidence, string currency, IReadOnlyDictionary<string, long>? refused = null, bool countsRefused = false)
    {
        long[] needed = [.. demand.Select(team => PathTotals.Quantile(team.Demand, confidence))];
        var isBelowLeast = Least(demand).Sum(nanos => (decimal)nanos) > total;
        var all = needed.Sum(nanos => (decimal)nanos);
        var allocated = all <= total ? needed : Share(demand, total, confidence);
        var plan = new AllocationPlan { Currency = currency, TotalNanos = total, NeededNanos = needed.Sum(), AllocatedNanos = allocated.Sum(), ReserveNanos = total - allocated.Sum() };
        plan.UnfundedNanos = plan.NeededNanos - plan.AllocatedNanos;
        foreach (var ((teamId, paths), place) in demand.Select((team, place) => (team, place)))
        {
            var given = allocated[place];
            var shortfall = paths.Aggregate(Int128.Zero, (sum, nanos) => sum + Math.Max(0, nanos - given));
            plan.Teams.Add(new TeamAllocation
            {
                TeamId = teamId,
                NeededNanos = needed[place],
                AllocatedNanos = given,
                UnfundedNanos = needed[place] - given,
                Covered = paths.Count(nanos => nanos <= given) / (double)paths.Length,
                ExpectedShortfallNanos = Nanos.Mean(shortfall, paths.Length),
                RefusedNanos = refused?.GetValueOrDefault(teamId) ?? 0,
            });
            var sentence = UnfundedDemand.Sentence(plan.Teams[^1].RefusedNanos, countsRefused, currency);
            plan.Teams[^1].Reason = Reason(plan.Teams[^1], paths, confidence, isBelowLeast, currency) + (sentence.Length > 0 ? " " + sentence : "");
        }

        plan.RefusedNanos = plan.Teams.Sum(team => team.RefusedNanos);
        return plan;
    }

    /// <param name="demand">What each path asks for, ascending.</param>
    /// <param name="isBelowLeast">The total is less than the cheapest futures of all teams.</param>
    private static string Reason(TeamAllocation team, long[] demand, double confidence, bool isBelowLeast, string currency)
    {
        // Of each other: rounded, a need below a cent would read as half of it does.
        string Amount(long nanos) => new Money(nanos).ToComparableString(currency);
        string Percent(double share) => share.ToString("0.#%", CultureInfo.InvariantCulture).Replace("%", " %", StringComparison.Ordinal);
        var futures = $"Half of its futures spend {Amount(PathTotals.Quantile(demand, 0.5))} or less, {Percent(confidence)} of them {Amount(team.NeededNanos)} or less";
        return demand[^1] == 0 ? "Nothing is forecast of it: it spent nothing of late, and nothing is planned."
            : team.UnfundedNanos <= 0 ? $"{futures}, which the total has room for."
            : isBelowLeast ? $"{futures}; the total is less than even the cheapest futures of all teams, and each gets the same part of its own, here of {Amount(demand[0])}: {Amount(team.UnfundedNanos)} short of what is needed."
            : $"{futures}; the total covers the same share of each team's futures, of this one's {Percent(team.Covered)}: {Amount(team.UnfundedNanos)} short of what is needed.";
    }

    /// <summary>The cheapest future of each team.</summary>
    private static long[] Least(IReadOnlyList<(string TeamId, long[] Demand)> demand) => [.. demand.Select(team => PathTotals.Quantile(team.Demand, 0))];

    private static long[] Share(IReadOnlyList<(string TeamId, long[] Demand)> demand, long total, double confidence)
    {
        long[] At(double share) => [.. demand.Select(team => PathTotals.Quantile(team.Demand, share))];

        var (low, high) = (0.0, confidence);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = At(middle).Sum(nanos => (decimal)nanos) <= total ? (middle, high) : (low, middle);
        }

        var shares = At(low);
        if (shares.Sum(nanos => (decimal)nanos) > total)
        {
            // Not even the cheapest futures are covered: in proportion to them.
            var least = shares.Sum(nanos => (decimal)nanos);
            shares = [.. shares.Select(nanos => (long)(nanos / least * total))];
        }

        // What rounding has left, to the last nano.
        for (var (place, rest) = (0, total - shares.Sum()); rest > 0 && place < shares.Length; place++)
        {
            var more = Math.Min(rest, Math.Max(0, PathTotals.Quantile(demand[place].Demand, confidence) - shares[place]));
            (shares[place], rest) = (shares[place] + more, rest - more);
        }

        return shares;
    }
}
