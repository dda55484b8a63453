using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios;

/// <summary>A scenario on the wire, as a pure function of it; money apart (<see cref="ScenarioMoney"/>).</summary>
internal static class ScenarioViews
{
    private static readonly PeriodKind[] OfTeams = [PeriodKind.Month, PeriodKind.NextMonth, PeriodKind.TwelveMonths];

    public static ScenarioAnswer Make(string name, ScenarioForecast scenario, bool byMonth) => new()
    {
        Name = name,
        Periods = { LayeredForecasts.Kinds.Select(kind => Period(kind, PeriodSpan.Of(kind, scenario.Official.Horizon), scenario)) },
        Months = { byMonth ? LayeredForecasts.MonthsOf(scenario.Official.Horizon).Select(month => Period(PeriodKind.Unspecified, month, scenario)) : [] },
        Changes = { scenario.Inputs.Changes.Select((change, place) => Change(change, place, scenario)) },
        Teams =
        {
            scenario.Teams.Select(team => Team(team, scenario))
                .Where(team => team.Periods.Any(period => period.Difference is not { ExpectedNanos: 0, P10Nanos: 0, P90Nanos: 0 }))
                .OrderByDescending(team => Math.Abs(team.Periods[1].Difference.ExpectedNanos)).ThenBy(team => team.TeamId, StringComparer.Ordinal),
        },
    };

    public static NanosBand Band(long[] paths, long expected)
    {
        var (p10, p50, p90) = PathTotals.Band(paths);
        return new NanosBand { ExpectedNanos = expected, P10Nanos = p10, P50Nanos = p50, P90Nanos = p90 };
    }

    private static ScenarioPeriod Period(PeriodKind kind, PeriodSpan span, ScenarioForecast scenario)
    {
        var horizon = scenario.Official.Horizon;
        return new ScenarioPeriod
        {
            Kind = kind,
            PeriodStart = horizon.Calendar.StartOf(span.From).ToTimestampUtc(),
            PeriodEnd = horizon.Calendar.StartOf(span.To).ToTimestampUtc(),
            Layers = { scenario.Official.Of(span, scenario.Layers).Figures() },
            Differences = { PeriodLayers.Of(span, scenario.Differences, default, default).Figures() },
        };
    }

    private static ChangeAnswer Change(Change change, int place, ScenarioForecast scenario)
    {
        var trace = scenario.Inputs.Traces[place];
        return new ChangeAnswer
        {
            Line = change.Line,
            Layer = change.Layer switch
            {
                ChangedLayer.None => Layer.Unspecified,
                ChangedLayer.Baseline => Layer.Baseline,
                ChangedLayer.Control => Layer.Control,
                ChangedLayer.Planned => Layer.Planned,
                ChangedLayer.Resilience => Layer.Resilience,
            },
            Periods = { LayeredForecasts.Kinds.Select(kind => ChangePeriod(kind, place, scenario)) },
            Segments = trace.Segments,
            PlanItems = trace.PlanItems,
            RestsOn = { BasisSentences.Untouched(change, scenario.Inputs) is { } untouched ? [untouched] : BasisSentences.RestsOn(change).Concat(trace.Notes) },
            CannotKnow = { BasisSentences.CannotKnow(change, scenario.Inputs.Changes) },
        };
    }

    private static ChangePeriod ChangePeriod(PeriodKind kind, int place, ScenarioForecast scenario)
    {
        var (span, sums) = (PeriodSpan.Of(kind, scenario.Official.Horizon), scenario.Sums);
        return new ChangePeriod
        {
            Kind = kind,
            TouchedNanos = Nanos.FromForecast(sums.Touched[place][span.FirstPiece..span.EndPiece].Sum()),
            UnservedNanos = Nanos.FromForecast(Unserved(place, span, scenario)),
            Difference = Difference(span, sums, [place]),
        };
    }

    /// <summary>What a limit holds back is its whole difference.</summary>
    private static double Unserved(int place, PeriodSpan span, ScenarioForecast scenario) => scenario.Inputs.Changes[place] is LimitChange
        ? -scenario.Sums.Expected[place][span.FirstPiece..span.EndPiece].Sum()
        : scenario.Sums.Unserved[place][span.FirstPiece..span.EndPiece].Sum();

    private static TeamDifference Team(TeamChanges team, ScenarioForecast scenario) => new()
    {
        TeamId = team.TeamId,
        Periods =
        {
            OfTeams.Select(kind => new TeamPeriod
            {
                Kind = kind, Difference = Difference(PeriodSpan.Of(kind, scenario.Official.Horizon), team.Sums, [.. Enumerable.Range(0, team.Sums.Count)]),
            }),
        },
    };

    private static NanosBand Difference(PeriodSpan span, ChangeSums sums, int[] places)
    {
        var (totals, expected) = (new long[JointPaths.Paths], 0L);
        foreach (var place in places)
        {
            Add(sums.Spent(place));
            Add(sums.Planned(place));
            expected += sums.Expected[place][span.FirstPiece..span.EndPiece].Sum() + sums.ExpectedPlanned[place][span.FirstPiece..span.EndPiece].Sum();
        }

        return Band(totals, expected);

        void Add(long[]? cells)
        {
            for (var path = 0; path < totals.Length && cells is not null; path++)
            {
                for (var piece = span.FirstPiece; piece < span.EndPiece; piece++)
                {
                    totals[path] += cells[path * HorizonCalendar.Pieces + piece];
                }
            }
        }
    }
}
