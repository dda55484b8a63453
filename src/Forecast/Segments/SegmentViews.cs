using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Wire = Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Segments;

/// <summary>The baseline on the wire, as a pure function of the forecast, of what today has brought, and of what providers and models have of both.</summary>
internal static class SegmentViews
{
    /// <summary>Standard deviations of a normal to the ends of its 80 % band.</summary>
    private const double BandDeviations = 1.2816;

    /// <param name="models">Null: parts by provider and model are not asked for, and cost nothing.</param>
    public static GetSegmentsResponse Make(CurrentForecast current, GetSegmentsRequest request, string currency, ModelFacts? models = null)
    {
        var horizon = current.Horizon;
        var span = PeriodSpan.Of(request.Period, horizon);
        var response = new GetSegmentsResponse
        {
            Currency = currency,
            AsOf = current.Now.ToTimestampUtc(),
            PeriodStart = horizon.Calendar.StartOf(span.From).ToTimestampUtc(),
            PeriodEnd = horizon.Calendar.StartOf(span.To).ToTimestampUtc(),
        };
        response.Notes.AddRange(request.Period == PeriodKind.NextYear && LayeredForecasts.NextYearSentence(horizon) is { Length: > 0 } year ? [year] : []);
        var (all, total, allParts) = (new long[JointPaths.Paths], default(Growth), new ModelParts());
        var adjustments = current.AdjustmentsOf(request.TeamId, span).ToLookup(adjustment => adjustment.TeamId, StringComparer.Ordinal);
        var teams = current.Teams.Where(team => request.TeamId.Length == 0 || team.TeamId == request.TeamId).ToDictionary(team => team.TeamId, team => team.Segments, StringComparer.Ordinal);
        foreach (var teamId in teams.Keys.Union(adjustments.Select(team => team.Key)).Order(StringComparer.Ordinal))
        {
            var adjusted = adjustments[teamId].Sum(adjustment => adjustment.Nanos);
            var (sums, growth, teamParts) = (new long[JointPaths.Paths], Growth.OfSpent(adjusted), models is null ? new ModelParts() : ModelParts.Of(adjustments[teamId]));
            foreach (var segment in teams.GetValueOrDefault(teamId) ?? [])
            {
                var own = new long[JointPaths.Paths];
                PathTotals.Add(own, segment, span, current.RestOfToday);
                var change = GrowthOf(current, segment, span, models);
                var parts = models is null ? new ModelParts() : ModelParts.Of(current, segment, span, change, models);
                response.Segments.Add(Segment(segment, own, change, parts, current.Forecast.Prices));
                growth += change;
                PathTotals.Add(sums, own);
                teamParts.Add(parts);
            }

            response.Teams.Add(Sum(teamId, sums, growth, teamParts, adjusted));
            total += growth;
            PathTotals.Add(all, sums);
            allParts.Add(teamParts);
        }

        response.Total = Sum("", all, total, allParts, response.Teams.Sum(team => team.AdjustmentNanos));
        return response;
    }

    /// <summary>Beside parts, what was spent is their sum: calls that are metered between two reads would else be in one of them alone.</summary>
    private static Growth GrowthOf(CurrentForecast current, SegmentPaths segment, PeriodSpan span, ModelFacts? models)
    {
        var growth = Growth.Of(current, segment, span);
        return models is null ? growth : growth with { SpentNanos = models.SpentOn(segment.Key).Sum(spent => spent.CostNanos) };
    }

    private static IEnumerable<Wire.ModelPart> ToWire(ModelParts parts) => parts.All.Where(part => !part.IsNothing).Select(part =>
    {
        var (p10, p50, p90) = PathTotals.Band(part.Rest);
        return new Wire.ModelPart
        {
            Provider = part.Provider, Model = part.Model, P10Nanos = p10 + part.SpentNanos, P50Nanos = p50 + part.SpentNanos, P90Nanos = p90 + part.SpentNanos, SpentNanos = part.SpentNanos,
            ExpectedNanos = part.RestNanos + part.SpentNanos,
        };
    });

    public static Wire.Growth ToWire(this Growth growth) => new()
    {
        SpentNanos = growth.SpentNanos,
        LevelNanos = growth.LevelNanos,
        CallsNanos = growth.CallsNanos,
        TokensPerCallNanos = growth.TokensNanos,
        PricePerTokenNanos = growth.PriceNanos,
        ExpectedNanos = growth.ExpectedNanos,
    };

    private static SegmentSum Sum(string teamId, long[] totals, Growth growth, ModelParts parts, long adjusted)
    {
        var (p10, p50, p90) = PathTotals.Band(totals);
        return new SegmentSum
        {
            TeamId = teamId, P10Nanos = p10 + growth.SpentNanos, P50Nanos = p50 + growth.SpentNanos, P90Nanos = p90 + growth.SpentNanos, Growth = growth.ToWire(),
            Parts = { ToWire(parts) }, AdjustmentNanos = adjusted,
        };
    }

    private static Wire.SegmentForecast Segment(SegmentPaths segment, long[] totals, Growth growth, ModelParts parts, PricesNow prices)
    {
        var (p10, p50, p90) = PathTotals.Band(totals);
        var made = segment.Forecast;
        return new Wire.SegmentForecast
        {
            TeamId = segment.Key.TeamId,
            Workload = segment.Key.Workload,
            Lane = segment.Key.Lane,
            Basis = (Wire.SegmentBasis)(1 + (int)made.Basis),
            P10Nanos = p10 + growth.SpentNanos,
            P50Nanos = p50 + growth.SpentNanos,
            P90Nanos = p90 + growth.SpentNanos,
            Growth = growth.ToWire(),
            Calls = Band(made.Calls),
            TokensPerCall = Band(made.TokensPerCall),
            PricePerToken = Band(made.PricePerToken),
            Model = made.Outlook?.Model ?? "",
            Findings = { made.Outlook?.Findings.Select(finding => finding.SentenceOfDays(made.Series.FirstDay)).Concat(PriceSentences.Of([made.Series], prices.Now)) ?? [] },
            HistoryDays = made.Series.Days.Count,
            Parts = { ToWire(parts) },
        };
    }

    private static WeeklyTrend Band(Trend trend) => new()
    {
        Low = Math.Exp(trend.Slope - BandDeviations * trend.SlopeDeviation) - 1,
        Middle = Math.Exp(trend.Slope) - 1,
        High = Math.Exp(trend.Slope + BandDeviations * trend.SlopeDeviation) - 1,
    };
}
