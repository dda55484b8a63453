using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;

namespace Platform.Forecast.Controls;

/// <summary>Answers what spend did after a change of controls, or after a day.</summary>
internal sealed class GetEffect(
    ControlStore controls, SegmentStore segments, CalendarStore calendars, PlanPrices prices, OrganisationDirectory organisation, TimeProvider time)
{
    private const int DefaultDays = 28;
    private const int MostDays = 90;
    private const int MostOthers = 100;

    public async Task<ControlEffect> RunAsync(GetEffectRequest request, CancellationToken cancellationToken)
    {
        if (request.Days is not 0 and (< EffectViews.LeastAfter or > MostDays))
        {
            throw RpcErrors.InvalidArgument($"days must be {EffectViews.LeastAfter} to {MostDays}, or 0 for {DefaultDays}; it is {request.Days}.");
        }

        var calendar = Calendars.Require(request.TimeZone);
        var change = await FindAsync(request, cancellationToken);
        var first = change is not null ? calendar.DayOf(change.OccurredAt)
            : PlanRow.TryDate(request.Since, out var since) ? since
            : throw RpcErrors.InvalidArgument($"Name a change by event_id (kt forecast controls shows them), or a day such as 2026-06-01 in since; it is '{Validation.Shown(request.Since)}'.");
        var teamId = request.TeamId.Length > 0 ? request.TeamId : change?.TeamId ?? "";
        await organisation.RequireTeamAsync(teamId, cancellationToken);
        var today = calendar.DayOf(time.GetUtcNow());
        var read = await segments.ReadAsync(teamId.Length > 0 ? [teamId] : null, calendar, today, GetForecast.HistoryDays, cancellationToken);
        SegmentSeries[] looked = [.. read.Where(segment =>
            (request.Workload.Length == 0 || segment.Key.Workload == request.Workload) && (request.Lane.Length == 0 || segment.Key.Lane == request.Lane))];
        var series = looked.Length == 0 ? null : SegmentSeries.Add(new SegmentKey(teamId, request.Workload, request.Lane), looked);
        RequireDays(series, first, today);
        var special = (await calendars.ReadAsync(cancellationToken)).Of(teamId);
        var effect = EffectViews.Make(series!, first, request.Days == 0 ? DefaultDays : request.Days, special);
        var (from, to) = (calendar.StartOf(first.AddDays(-EffectViews.LeastBefore)), calendar.StartOf(first.AddDays(effect.Days)));
        effect.TeamId = teamId;
        effect.Currency = await organisation.ReadCurrencyAsync(cancellationToken);
        effect.Change = change is null ? null : ListControls.ToWire(change);
        var begun = (await PricesAsync(looked, calendar, today, cancellationToken)).Where(price => price.OccurredAt >= from && price.OccurredAt < to).ToArray();
        await AddOthersAsync(effect, change, begun, teamId, from, to, cancellationToken);
        return effect;
    }

    /// <summary>Of many, what may move spend most stands first: prices, then all but allocations, then these.</summary>
    private async Task AddOthersAsync(
        ControlEffect effect, ControlEvent? change, ControlEvent[] prices, string teamId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var rules = await controls.ListAsync(new ControlFilter(teamId, from, to, ControlEvent.Rules), MostOthers + 1, cancellationToken);
        var money = await controls.ListAsync(new ControlFilter(teamId, from, to, ControlEvent.Allocation), MostOthers + 1, cancellationToken);
        effect.Others.AddRange(prices.Concat(rules).Concat(money).Where(other => other.EventId != change?.EventId).Take(MostOthers).OrderByDescending(other => other.OccurredAt).Select(ListControls.ToWire));
        var isAmong = change is not null && change.OccurredAt >= from && change.OccurredAt < to && (teamId.Length == 0 || change.IsAbout(teamId));
        effect.OthersTotal = await controls.CountAsync(new ControlFilter(teamId, from, to), cancellationToken) + prices.Length - (isAmong ? 1 : 0);
    }

    /// <summary>Of models that what is looked at uses, whatever their moment.</summary>
    private async Task<IEnumerable<ControlEvent>> PricesAsync(SegmentSeries[] looked, BillingCalendar calendar, DateOnly today, CancellationToken cancellationToken)
    {
        var now = new PricesNow(await prices.VersionsOrKnownAsync(cancellationToken), time.GetUtcNow());
        string[] teams = [.. looked.Select(segment => segment.Key.TeamId).Distinct()];
        var routes = segments.ReadRoutesAsync(teams, calendar, today, GetForecast.HistoryDays, now.Versions.Changed, cancellationToken);
        return (await TodaysPrices.OfAsync([.. looked], routes, now, new HorizonCalendar(calendar, today), GetForecast.HistoryDays, cancellationToken))
            .SelectMany(segment => segment.Prices?.Steps ?? []).GroupBy(step => (step.From, step.Provider, step.Model))
            .Select(steps => ControlEvent.Of([.. steps]));
    }

    private async Task<ControlEvent?> FindAsync(GetEffectRequest request, CancellationToken cancellationToken) => request.EventId.Length == 0
        ? null
        : (Guid.TryParseExact(request.EventId, "D", out var id) ? await controls.FindAsync(id, cancellationToken) : null) ?? throw RpcErrors.NotFound(
            Reasons.ControlNotFound, $"There is no change '{Validation.Shown(request.EventId)}'. kt forecast controls shows them.");

    private static void RequireDays(SegmentSeries? series, DateOnly first, DateOnly today)
    {
        var (before, after) = series is null ? (0, 0) : (first.DayNumber - series.FirstDay.DayNumber, today.DayNumber - first.DayNumber);
        if (before < EffectViews.LeastBefore || after < EffectViews.LeastAfter)
        {
            throw RpcErrors.InvalidArgument(string.Create(
                CultureInfo.InvariantCulture,
                $"An effect needs {EffectViews.LeastBefore} days of usage before {first:yyyy-MM-dd} and {EffectViews.LeastAfter} full days from it on; there are {Math.Max(0, before)} and {Math.Max(0, after)}."));
        }
    }
}
