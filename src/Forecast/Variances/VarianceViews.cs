using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Series;

namespace Platform.Forecast.Variances;

/// <summary>What is told of: the changes, and what both periods came to.</summary>
internal sealed record Compared(ComparedPeriods Periods, PeriodFigures Before, PeriodFigures Current, IReadOnlyList<Change> Changes, VarianceRules Rules)
{
    public IEnumerable<string> Teams => Before.Cells.Keys.Concat(Current.Cells.Keys).Concat(Before.Adjustments.Keys).Select(cell => cell.TeamId).Concat(Changes.Select(change => change.Cell.TeamId)).Distinct();
}

/// <summary>The bridge on the wire. Pure.</summary>
internal static class VarianceViews
{
    /// <summary>Whose parts are told; of more teams the answer would be larger than a message may be.</summary>
    public const int MostTeams = 1000;

    private const int MostParts = 5;

    private static readonly VarianceClass[] Classes =
        [VarianceClass.Growth, VarianceClass.Waste, VarianceClass.PlannedInvestment, VarianceClass.Control, VarianceClass.Unexplained];

    public static VarianceReport Make(Compared compared, BillingCalendar calendar, string currency, DateTimeOffset now)
    {
        var (periods, changes) = (compared.Periods, compared.Changes.ToLookup(change => change.Cell.TeamId, StringComparer.Ordinal));
        var (before, current) = (TeamFigures.ByTeam(compared.Before), TeamFigures.ByTeam(compared.Current));
        (string TeamId, Change[] Changes)[] teams =
        [
            .. compared.Teams.Select(team => (team, Changes: changes[team].ToArray())).OrderByDescending(team => Math.Abs(team.Changes.Sum(change => change.Nanos))).ThenBy(team => team.team, StringComparer.Ordinal),
        ];
        return new VarianceReport
        {
            Currency = currency,
            AsOf = now.ToTimestampUtc(),
            TimeZone = calendar.Name,
            Comparison = periods.Comparison,
            BeforeStart = calendar.StartOf(periods.Before.From).ToTimestampUtc(),
            BeforeEnd = calendar.StartOf(periods.Before.To).ToTimestampUtc(),
            CurrentStart = calendar.StartOf(periods.Current.From).ToTimestampUtc(),
            CurrentEnd = calendar.StartOf(periods.Current.To).ToTimestampUtc(),
            Total = Sum("", compared.Changes, TeamFigures.Of(compared.Before), TeamFigures.Of(compared.Current), true),
            Teams = { teams.Select((team, place) => Sum(team.TeamId, team.Changes, before.GetValueOrDefault(team.TeamId), current.GetValueOrDefault(team.TeamId), place < MostTeams)) },
            Notes =
            {
                teams.Length > MostTeams
                    ? [$"The parts of the {MostTeams} teams whose spend changed most are told, of {teams.Length}; of the others the classes alone: kt variance --team tells theirs."]
                    : Array.Empty<string>(),
            },
        };

        VarianceSum Sum(string teamId, IReadOnlyCollection<Change> own, TeamFigures was, TeamFigures now, bool isTold)
        {
            var sentences = new VarianceSentences(currency, (periods.Before, periods.Current), (was.Calls / compared.Before.Days, now.Calls / compared.Current.Days), periods.Comparison == Comparison.Forecast);
            return VarianceViews.Sum(teamId, own, was.Nanos, compared.Rules, isTold ? sentences : null, new VarianceEvidences(compared.Rules, periods, calendar.Name));
        }
    }

    /// <param name="teamId">Empty: all.</param>
    /// <param name="sentences">Null: its parts are not told.</param>
    private static VarianceSum Sum(string teamId, IReadOnlyCollection<Change> changes, long before, VarianceRules rules, VarianceSentences? sentences, VarianceEvidences evidences)
    {
        var classes = changes.ToLookup(rules.ClassOf);
        var sum = new VarianceSum
        {
            TeamId = teamId,
            BeforeNanos = before,
            ChangeNanos = changes.Sum(change => change.Nanos),
            Classes = { Classes.Select(kind => new VarianceClassSum { Class = kind, ChangeNanos = classes[kind].Sum(change => change.Nanos) }) },
        };
        sum.CurrentNanos = sum.BeforeNanos + sum.ChangeNanos;
        sum.Items.AddRange(sentences is null ? [] : classes.SelectMany(kind => kind.GroupBy(change => (change.Driver, change.Subject, change.Side)).Select(group => Item(teamId, kind.Key, [.. group], sentences, evidences)))
            .Where(item => item.ChangeNanos != 0 || item.CurrentNanos != 0)
            .OrderByDescending(item => Math.Abs(item.ChangeNanos)).ThenBy(item => item.Class).ThenBy(item => item.Driver).ThenBy(item => item.Subject, StringComparer.Ordinal));
        return sum;
    }

    private static VarianceItem Item(string teamId, VarianceClass kind, IReadOnlyList<Change> changes, VarianceSentences sentences, VarianceEvidences evidences)
    {
        var isAnnounced = kind == VarianceClass.Control;
        var item = new VarianceItem
        {
            Class = kind,
            Driver = (VarianceDriver)changes[0].Driver,
            Subject = changes[0].Subject,
            ChangeNanos = changes.Sum(change => change.Nanos),
            Sentence = sentences.Of(changes, isAnnounced),
            Evidence = { evidences.Of(teamId, changes) },
            Parts =
            {
                changes.GroupBy(change => change.Cell).Select(part => Part(part.Key, part.Sum(change => change.Nanos))).Where(part => part.ChangeNanos != 0)
                    .OrderByDescending(part => Math.Abs(part.ChangeNanos)).ThenBy(part => part.TeamId, StringComparer.Ordinal).ThenBy(part => part.Workload, StringComparer.Ordinal)
                    .ThenBy(part => part.Model, StringComparer.Ordinal).Take(MostParts),
            },
        };
        if (changes.Any(change => change.Before is not null || change.Current is not null))
        {
            (item.BeforeNanos, item.CurrentNanos) = (changes.Sum(change => change.Before ?? 0), changes.Sum(change => change.Current ?? 0));
        }

        return item;
    }

    private static VariancePart Part(CellKey cell, long nanos) => new()
    {
        TeamId = cell.TeamId, Workload = cell.Workload, Lane = cell.Lane, Provider = cell.Provider, Model = cell.Model, ChangeNanos = nanos,
    };

    /// <summary>What a team, or all, came to in a period.</summary>
    private readonly record struct TeamFigures(long Nanos, double Calls)
    {
        public static TeamFigures Of(PeriodFigures figures) => new(figures.Cells.Values.Sum(cell => cell.CostNanos) + figures.Adjustments.Values.Sum(), figures.Cells.Values.Sum(cell => cell.Calls));

        public static Dictionary<string, TeamFigures> ByTeam(PeriodFigures figures)
        {
            var teams = figures.Cells.GroupBy(cell => cell.Key.TeamId, StringComparer.Ordinal)
                .ToDictionary(team => team.Key, team => new TeamFigures(team.Sum(cell => cell.Value.CostNanos), team.Sum(cell => cell.Value.Calls)), StringComparer.Ordinal);
            foreach (var (cell, nanos) in figures.Adjustments)
            {
                var known = teams.GetValueOrDefault(cell.TeamId);
                teams[cell.TeamId] = known with { Nanos = known.Nanos + nanos };
            }

            return teams;
        }
    }
}
