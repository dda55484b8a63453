using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Variances;

/// <summary>Reads what periods came to.</summary>
internal sealed class ReadFigures(CellStore cells, SegmentStore segments, OrganisationWaste waste, PlanStore plan, PlanPrices prices)
{
    /// <summary>Whom and when it is about, and what is known of plan items and prices; read once for several periods.</summary>
    /// <param name="TeamId">Empty: all.</param>
    /// <param name="Used">Days whose models small calls are compared with.</param>
    /// <param name="Segments">Of the items, at the prices of today.</param>
    /// <param name="First">The first day of which the organisation's usage is known; null where nothing is planned.</param>
    public sealed record Frame(
        string TeamId, BillingCalendar Calendar, DaySpan Used, PlanBook Book, IReadOnlyList<(PlanRow Item, double NanosPerCall)> Items,
        IReadOnlyList<SegmentSeries> Segments, DateOnly? First, PricesNow Prices, IReadOnlyList<string> Notes);

    /// <param name="used">All days that are looked at.</param>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION (USAGE_NOT_KEPT), UNAVAILABLE (DEPENDENCY_UNAVAILABLE).</exception>
    public async Task<Frame> FrameAsync(string teamId, BillingCalendar calendar, DaySpan used, DateTimeOffset now, CancellationToken cancellationToken)
    {
        KeptQuarters.Require(calendar, used.From, now);
        var book = await prices.ReadAsync(cancellationToken);

        // What started so long ago that its level before is not read any more has long been part of what its team does.
        var oldest = used.To.AddDays(SegmentForecast.LevelDays - GetForecast.HistoryDays);
        var rows = (await plan.ListAsync(teamId, false, cancellationToken))
            .Where(row => row.StartsOn < used.To && row.StartsOn >= oldest && (row.EndsOn is not { } end || end > used.From)).ToArray();
        var priced = rows.Select(row => (Row: row, Price: PlanPrices.Of(row, book))).ToLookup(item => item.Price.NanosPerCall is not null);
        var items = priced[true].Select(item => (item.Row, item.Price.NanosPerCall!.Value)).ToArray();
        var at = new PricesNow(book.Versions, now);
        var (series, known) = ((IReadOnlyList<SegmentSeries>)[], (DateOnly?)null);
        if (items.Length > 0)
        {
            var first = items.Min(item => item.Row.StartsOn).AddDays(-SegmentForecast.LevelDays);
            var days = Math.Min(used.To.DayNumber - first.DayNumber, GetForecast.HistoryDays);
            KeptQuarters.Require(calendar, used.To.AddDays(-days), now);
            string[] teams = [.. items.Select(item => item.Row.TeamId).Distinct()];
            var routes = segments.ReadRoutesAsync(teams, calendar, used.To, days, at.Versions.Changed, cancellationToken);
            series = [.. (await TodaysPrices.OfAsync(
                await segments.ReadAsync(teams, calendar, used.To, days, cancellationToken), routes, at, new HorizonCalendar(calendar, used.To), days, cancellationToken)).Select(segment => segment.AtTodaysPrices())];
            known = await segments.ReadFirstDayAsync(cancellationToken);
        }

        return new Frame(
            teamId, calendar, used, book, items, series, known, at,
            [.. priced[false].Select(item => $"What plan item {item.Row.PlanId} brought is growth here. {item.Price.Note}")]);
    }

    /// <summary>Days that are over.</summary>
    public async Task<PeriodFigures> ReadAsync(Frame frame, DaySpan days, CancellationToken cancellationToken)
    {
        var sums = await cells.ReadAsync(frame.TeamId, frame.Calendar, days, cancellationToken);
        var refused = await cells.ReadRefusedAsync(frame.TeamId, frame.Calendar, days, cancellationToken);
        return new PeriodFigures(
            days.Days, sums.Cells, await waste.ReadAsync(frame.TeamId, days, frame.Used, cancellationToken),
            [.. PlannedSpends.Booked(frame.Items, frame.Segments, frame.First, days, frame.Prices, frame.Calendar)],
            refused.ToDictionary(segment => segment.Key, segment => Nanos.FromForecast(segment.Value * sums.CostOfBound(segment.Key.TeamId))))
        {
            Adjustments = await cells.ReadAdjustmentsAsync(frame.TeamId, frame.Calendar, days, cancellationToken),
        };
    }
}
