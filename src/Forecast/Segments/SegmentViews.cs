using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Wire = Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Segments;

/// <summary>The baseline on the wire, as a pure function of the forecast and of what today has brought.</summary>
internal static class SegmentViews
{
    /// <summary>Standard deviations of a normal to the ends of its 80 % band.</summary>
    private const double BandDeviations = 1.2816;

    public static GetSegmentsResponse Make(CurrentForecast current, GetSegmentsRequest request, string currency)
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
        var (all, total) = (new long[JointPaths.Paths], default(Growth));
        foreach (var team in current.Teams.Where(team => request.TeamId.Length == 0 || team.TeamId == request.TeamId))
        {
            var (sums, growth) = (new long[JointPaths.Paths], default(Growth));
            foreach (var segment in team.Segments)
            {
                var own = new long[JointPaths.Paths];
                PathTotals.Add(own, segment, span, current.RestOfToday);
                var parts = Growth.Of(current, segment, span);
                response.Segments.Add(Segment(segment, own, parts));
                growth += parts;
                PathTotals.Add(sums, own);
            }

            response.Teams.Add(Sum(team.TeamId, sums, growth));
            total += growth;
            PathTotals.Add(all, sums);
        }

        response.Total = Sum("", all, total);
        return response;
    }

    public static Wire.Growth ToWire(this Growth growth) => new()
    {
        SpentNanos = growth.SpentNanos,
        LevelNanos = growth.LevelNanos,
        CallsNanos = growth.CallsNanos,
        TokensPerCallNanos = growth.TokensNanos,
        PricePerTokenNanos = growth.PriceNanos,
        ExpectedNanos = growth.ExpectedNanos,
    };

    private static SegmentSum Sum(string teamId, long[] totals, Growth growth)
    {
        var (p10, p50, p90) = PathTotals.Band(totals);
        return new SegmentSum
        {
            TeamId = teamId, P10Nanos = p10 + growth.SpentNanos, P50Nanos = p50 + growth.SpentNanos, P90Nanos = p90 + growth.SpentNanos, Growth = growth.ToWire(),
        };
    }

    private static Wire.SegmentForecast Segment(SegmentPaths segment, long[] totals, Growth growth)
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
            Findings = { made.Outlook?.Findings.Select(finding => finding.Sentence) ?? [] },
            HistoryDays = made.Series.Days.Count,
        };
    }

    private static WeeklyTrend Band(Trend trend) => new()
    {
        Low = Math.Exp(trend.Slope - BandDeviations * trend.SlopeDeviation) - 1,
        Middle = Math.Exp(trend.Slope) - 1,
        High = Math.Exp(trend.Slope + BandDeviations * trend.SlopeDeviation) - 1,
    };
}
