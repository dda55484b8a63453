using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Publishing;
using Platform.Forecast.Series;

namespace Platform.Forecast.Versions;

/// <summary>Answers what moved between two versions of one calendar month's forecast.</summary>
internal sealed class CompareVersions(VersionStore store)
{
    private const string MonthForm = "yyyy-MM";

    public async Task<VersionComparison> RunAsync(CompareVersionsRequest request, CancellationToken cancellationToken)
    {
        var (from, to) = (await store.RequireAsync(request.FromVersion, cancellationToken), await store.RequireAsync(request.ToVersion, cancellationToken));
        var later = DateOnly.FromDateTime((from.AsOf > to.AsOf ? from : to).AsOf.UtcDateTime);
        var month = request.Month.Length == 0 ? new DateOnly(later.Year, later.Month, 1)
            : DateOnly.TryParseExact(request.Month, MonthForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var asked) ? asked
            : throw RpcErrors.InvalidArgument($"month must be one such as 2026-06; it is '{Validation.Shown(request.Month)}'.");
        var rows = await store.ReadFiguresAsync([from.Version, to.Version], null, VersionTargets.Month, month, cancellationToken);
        var (before, after) = (Of(from.Version), Of(to.Version));
        var name = month.ToString(MonthForm, CultureInfo.InvariantCulture);
        if (!before.TryGetValue("", out var total) || !after.TryGetValue("", out var newTotal))
        {
            throw RpcErrors.InvalidArgument($"{name} is not in both versions: each has the month that ran when it was published, and the twelve after it.");
        }

        return new VersionComparison
        {
            From = from.ToWire(total.Total),
            To = to.ToWire(newTotal.Total),
            Month = name,
            Total = Differences("", total, newTotal).Last(),
            Differences = { Differences(before, after) },
        };

        Dictionary<string, VersionFigure> Of(long version) => rows.Where(row => row.Version == version).ToDictionary(row => row.Figure.TeamId, row => row.Figure with { AdjustmentNanos = AdjustmentOf(row.Figure, version == from.Version ? from : to) });
    }

    /// <summary>What was money without tokens. Of a month that had not begun nothing was to date, so that a version that did not keep it had none of it.</summary>
    private static long? AdjustmentOf(VersionFigure figure, VersionHead version) =>
        figure.AdjustmentNanos ?? (BillingCalendar.Find(version.TimeZone) is { } calendar && figure.From > calendar.DayOf(version.AsOf) ? 0 : null);

    /// <summary>Layers of teams that differ, the greatest first; a team that one of the versions does not know is nothing there.</summary>
    public static IEnumerable<VersionDifference> Differences(IReadOnlyDictionary<string, VersionFigure> before, IReadOnlyDictionary<string, VersionFigure> after) =>
        before.Keys.Union(after.Keys).Where(team => team.Length > 0).SelectMany(team => Differences(team, before.GetValueOrDefault(team), after.GetValueOrDefault(team)))
            .Where(difference => difference.Layer != Layer.Total && !difference.Before.Equals(difference.After))
            .OrderByDescending(difference => Math.Abs((decimal)difference.DifferenceNanos)).ThenBy(difference => difference.TeamId, StringComparer.Ordinal).ThenBy(difference => difference.Layer);

    /// <param name="before">Null: nothing.</param>
    /// <param name="after">Likewise.</param>
    private static IEnumerable<VersionDifference> Differences(string team, VersionFigure? before, VersionFigure? after)
    {
        // Of no figure none was there; of one that did not keep it, it is not known.
        var adjustment = (after is null ? 0 : after.AdjustmentNanos) - (before is null ? 0 : before.AdjustmentNanos);
        return Layers(before).Zip(Layers(after), (old, now) => Difference(team, old.Layer, old.Figure, now.Figure, old.Layer is Layer.Baseline or Layer.Total ? adjustment : 0));
    }

    private static IEnumerable<(Layer Layer, LayerFigure Figure)> Layers(VersionFigure? figure) =>
        figure?.Layers() ?? new[] { Layer.Baseline, Layer.Control, Layer.Planned, Layer.Resilience, Layer.Total }.Select(layer => (layer, default(LayerFigure)));

    private static VersionDifference Difference(string teamId, Layer layer, LayerFigure before, LayerFigure after, long? adjustment)
    {
        var difference = new VersionDifference
        {
            TeamId = teamId, Layer = layer, Before = LayerViews.Figures(layer, before), After = LayerViews.Figures(layer, after), DifferenceNanos = after.Expected - before.Expected,
        };
        if (adjustment is { } known)
        {
            difference.AdjustmentNanos = known;
        }

        return difference;
    }
}
