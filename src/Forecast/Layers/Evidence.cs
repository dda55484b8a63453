using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>What the accounting layers rest on: sums of records, and how sure the shares made of them are.</summary>
internal static class Evidence
{
    /// <param name="draws">Of the forecast that the teams are of.</param>
    public static LayerEvidence Of(IReadOnlyList<TeamForecast> teams, LayerDraws draws)
    {
        SegmentSeries[] series = [.. teams.SelectMany(team => team.Segments).Select(segment => segment.Forecast.Series)];
        if (series.Length == 0)
        {
            return new LayerEvidence { Premium = new Share(), Saving = new Share(), CostOfBound = 1 };
        }

        var sum = SegmentSeries.Add(new SegmentKey("", "", ""), series);
        var (recent, longer) = (Last(sum, SegmentLayers.ControlDays), Last(sum, SegmentLayers.ResilienceDays));
        var shares = SegmentLayers.Of(sum, 1, draws, sum.Days.Count);
        return new LayerEvidence
        {
            Calls = longer.Calls,
            FallbackCalls = longer.FallbackCalls,
            FellBackNanos = longer.Compared.FellBackNanos,
            FellBackPrimaryNanos = longer.Compared.FellBackPrimaryNanos,
            Premium = Band(shares.Premium),
            RoutedNanos = recent.Compared.RoutedNanos,
            RoutedDefaultNanos = recent.Compared.RoutedDefaultNanos,
            Saving = Band(shares.Saving),
            DeniedCalls = recent.DeniedCalls,
            DeniedBoundNanos = recent.DeniedNanos,
            CostOfBound = SegmentLayers.CostOfBoundOf(series),
            ShadowedNanos = recent.Compared.ShadowedNanos,
            ShadowedRuleNanos = recent.Compared.ShadowedRuleNanos,
        };
    }

    /// <summary>What a reader must know of the figures, in sentences.</summary>
    public static IEnumerable<string> Notes(LayerEvidence evidence, IReadOnlyList<TeamForecast> teams)
    {
        var segments = teams.SelectMany(team => team.Segments).ToArray();
        if (segments.All(segment => segment.Forecast.Outlook is null))
        {
            yield return "No day with priced usage is over yet: nothing is expected.";
        }

        if (segments.Count(segment => segment.Forecast.Basis == Segments.SegmentBasis.Borrowed) is > 0 and var young)
        {
            yield return $"{young} of {segments.Length} segments are younger than fourteen days and borrow the shape of their siblings.";
        }

        var unpriced = segments.Sum(segment => segment.Forecast.Series.Days.Sum(day => day.UnpricedCalls));
        if (unpriced > 0)
        {
            yield return $"{unpriced.ToString(CultureInfo.InvariantCulture)} calls without a price are in no figure here.";
        }

        // One of the two may well be zero, of a model that is for free: only where both are does no call say.
        if (evidence is { FallbackCalls: > 0, FellBackNanos: 0, FellBackPrimaryNanos: 0 })
        {
            yield return "Calls fell back, and none says what its first choice would have cost: the resilience layer does not know their price.";
        }

        if (evidence.DeniedCalls > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{evidence.DeniedCalls} calls were refused in four weeks; each counts {100 * evidence.CostOfBound:0.#} % of the bound that was asked for it, which is what calls cost of theirs. Callers that tried again count each time.");
        }

        if (evidence is { RoutedNanos: 0, RoutedDefaultNanos: 0 })
        {
            yield return "No call of four weeks says what the default route would have cost: the control layer has refusals only.";
        }
    }

    private static SegmentDay Last(SegmentSeries series, int days) => series.Sum(series.Today.AddDays(-days), series.Today);

    /// <summary>Of the next four weeks.</summary>
    private static Share Band(float[]? shares)
    {
        if (shares is null)
        {
            return new Share();
        }

        const int column = HorizonCalendar.Columns - 1;
        var sorted = Enumerable.Range(0, JointPaths.Paths).Select(path => shares[path * HorizonCalendar.Columns + column]).Order().ToArray();
        return new Share { Low = sorted[sorted.Length / 10], Middle = sorted[sorted.Length / 2], High = sorted[sorted.Length - 1 - sorted.Length / 10] };
    }
}
