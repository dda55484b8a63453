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
    private const int MostParts = 5;

    private static readonly VarianceClass[] Classes =
        [VarianceClass.Growth, VarianceClass.Waste, VarianceClass.PlannedInvestment, VarianceClass.Control, VarianceClass.Unexplained];

    public static VarianceReport Make(Compared compared, BillingCalendar calendar, string currency, DateTimeOffset now)
    {
        var periods = compared.Periods;
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
            Total = Sum("", compared, calendar, currency),
            Teams = { compared.Teams.Select(team => Sum(team, compared, calendar, currency)).OrderByDescending(sum => Math.Abs(sum.ChangeNanos)).ThenBy(sum => sum.TeamId, StringComparer.Ordinal) },
        };
    }

    /// <param name="teamId">Empty: all.</param>
    private static VarianceSum Sum(string teamId, Compared compared, BillingCalendar calendar, string currency)
    {
        bool Counts(CellKey cell) => teamId.Length == 0 || cell.TeamId == teamId;

        var changes = compared.Changes.Where(change => Counts(change.Cell)).ToArray();
        var before = compared.Before.Cells.Where(cell => Counts(cell.Key)).Sum(cell => cell.Value.CostNanos) + compared.Before.Adjustments.Where(cell => Counts(cell.Key)).Sum(cell => cell.Value);
        var sentences = new VarianceSentences(currency, (compared.Periods.Before, compared.Periods.Current), (CallsADay(compared.Before, Counts), CallsADay(compared.Current, Counts)), compared.Periods.Comparison == Comparison.Forecast);
        var evidences = new VarianceEvidences(compared.Rules, compared.Periods, calendar.Name);
        var sum = new VarianceSum
        {
            TeamId = teamId,
            BeforeNanos = before,
            ChangeNanos = changes.Sum(change => change.Nanos),
            Items =
            {
                changes.GroupBy(change => (Class: compared.Rules.ClassOf(change), change.Driver, change.Subject, change.Side))
                    .Select(group => Item(teamId, group.Key.Class, [.. group], sentences, evidences))
                    .Where(item => item.ChangeNanos != 0 || item.CurrentNanos != 0)
                    .OrderByDescending(item => Math.Abs(item.ChangeNanos)).ThenBy(item => item.Class).ThenBy(item => item.Driver).ThenBy(item => item.Subject, StringComparer.Ordinal),
            },
        };
        sum.CurrentNanos = sum.BeforeNanos + sum.ChangeNanos;
        sum.Classes.AddRange(Classes.Select(kind => new VarianceClassSum { Class = kind, ChangeNanos = sum.Items.Where(item => item.Class == kind).Sum(item => item.ChangeNanos) }));
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

    private static double CallsADay(PeriodFigures figures, Func<CellKey, bool> counts) =>
        figures.Cells.Where(cell => counts(cell.Key)).Sum(cell => cell.Value.Calls) / figures.Days;
}
