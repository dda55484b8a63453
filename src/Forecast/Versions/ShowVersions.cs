using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Publishing;

namespace Platform.Forecast.Versions;

/// <summary>Answers which versions there are, and what one says.</summary>
internal sealed class ShowVersions(VersionStore store, OrganisationDirectory organisation)
{
    private const int DefaultLimit = 50;
    private const int MostLimit = 500;

    public async Task<ListVersionsResponse> ListAsync(ListVersionsRequest request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 0 or > MostLimit || request.Before < 0)
        {
            throw RpcErrors.InvalidArgument($"limit must be 1 to {MostLimit}, or 0 for {DefaultLimit}, and before a version, or 0; they are {request.Limit} and {request.Before}.");
        }

        if (!Enum.IsDefined(request.Reason))
        {
            throw RpcErrors.InvalidArgument("reason must be daily, plan_change, policy_change, calendar_change, price_change, usage_change, on_demand or scenario.");
        }

        var limit = request.Limit == 0 ? DefaultLimit : request.Limit;
        var heads = await store.ListAsync(request.Before, request.Reason, limit + 1, cancellationToken);
        VersionHead[] shown = [.. heads.Take(limit)];
        var figures = await store.ReadFiguresAsync([.. shown.Select(head => head.Version)], "", VersionTargets.Month, null, cancellationToken);
        var monthEnds = figures.GroupBy(row => row.Version).ToDictionary(version => version.Key, version => version.MinBy(row => row.Figure.From).Figure.Total);
        return new ListVersionsResponse
        {
            Versions = { shown.Select(head => head.ToWire(monthEnds.TryGetValue(head.Version, out var total) ? total : null)) },
            NextBefore = heads.Count > limit ? shown[^1].Version : 0,
        };
    }

    public async Task<VersionFigures> GetAsync(GetVersionRequest request, CancellationToken cancellationToken)
    {
        var head = await store.RequireAsync(request.Version, cancellationToken);
        if (request.TeamId.Length > 0 && Validation.TeamId(request.TeamId) is not null)
        {
            // What cannot be a team's id is in no version.
            await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        }

        var figures = await store.ReadFiguresAsync([head.Version], request.TeamId, null, null, cancellationToken);
        if (figures.Count == 0)
        {
            // Versions keep teams that are gone since; one that was not there then is not in them.
            await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        }

        var months = await store.ReadFiguresAsync([head.Version], "", VersionTargets.Month, null, cancellationToken);
        return new VersionFigures
        {
            Version = head.ToWire(months.MinBy(row => row.Figure.From).Figure.Total),
            TeamId = request.TeamId,
            Targets = { figures.Select(row => Target(row.Figure)) },
        };
    }

    private static TargetFigures Target(VersionFigure figure)
    {
        var target = new TargetFigures
        {
            Kind = figure.Kind, From = Date(figure.From), To = Date(figure.To), Layers = { figure.Layers().Select(layer => LayerViews.Figures(layer.Layer, layer.Figure)) },
            RunRateNanos = figure.RunRate, SeasonalNaiveNanos = figure.SeasonalNaive,
        };
        if (figure.AdjustmentNanos is { } adjustment)
        {
            target.AdjustmentNanos = adjustment;
        }

        return target;
    }

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
