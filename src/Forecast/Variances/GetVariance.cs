using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Series;

namespace Platform.Forecast.Variances;

/// <summary>Answers what a change of spend between two periods comes from.</summary>
internal sealed class GetVariance(
    ReadFigures figures, ReadExpected expected, ControlStore controls, PlanPrices prices, OrganisationDirectory organisation, TimeProvider time)
{
    private const int MostPolicies = 100;

    public async Task<VarianceReport> RunAsync(GetVarianceRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var periods = ComparedPeriods.Decide(request.Comparison, DayOf(request.At), calendar.DayOf(now));
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var frame = await figures.FrameAsync(request.TeamId, calendar, new DaySpan(periods.Before.From, periods.Current.To), now, cancellationToken);
        var before = await figures.ReadAsync(frame, periods.Before, cancellationToken);
        var (current, more) = periods.Comparison == Comparison.Forecast
            ? await expected.ReadAsync(frame, periods.Current, now, cancellationToken)
            : (await figures.ReadAsync(frame, periods.Current, cancellationToken), []);
        var changes = Bridge.Of(before, current, OutputWeights.Of(frame.Book));
        var rules = new VarianceRules(
            await PoliciesAsync(request.TeamId, calendar, frame.Used, cancellationToken), await PricesAsync(calendar, frame.Used, cancellationToken)) { Book = frame.Book };
        var report = VarianceViews.Make(
            new Compared(periods, before, current, [.. changes, .. more], rules), calendar, await organisation.ReadCurrencyAsync(cancellationToken), now);
        report.Notes.AddRange(frame.Notes);
        if (!calendar.IsUtc)
        {
            report.Notes.Add("Waste is known by days of UTC: that of the days with the same dates is counted.");
        }

        return report;
    }

    private static DateOnly? DayOf(string at) => at.Length == 0 ? null
        : PlanRow.TryDate(at, out var day) ? day
        : throw RpcErrors.InvalidArgument($"at must be a day of the years 2000 to 2199 such as 2026-06-15; it is '{Validation.Shown(at)}'.");

    private async Task<List<ControlEvent>> PoliciesAsync(string teamId, BillingCalendar calendar, DaySpan days, CancellationToken cancellationToken)
    {
        var (from, to) = (calendar.StartOf(days.From), calendar.StartOf(days.To));
        return await controls.ListAsync(new ControlFilter(teamId, from, to, ControlEvent.Policy), MostPolicies, cancellationToken);
    }

    /// <summary>One that begins with the first day is that of both periods, and changed nothing between them.</summary>
    private async Task<List<PriceRow>> PricesAsync(BillingCalendar calendar, DaySpan days, CancellationToken cancellationToken)
    {
        var (from, to) = (calendar.StartOf(days.From), calendar.StartOf(days.To));
        return [.. (await prices.ReadVersionsAsync(cancellationToken)).Where(price => price.EffectiveFrom.ToDateTimeOffset() is var begins && begins > from && begins < to && !Equals(price.EffectiveTo, price.EffectiveFrom))];
    }
}

/// <summary>What a token of output costs for each token of input, by the book of today; 1 where it does not say.</summary>
internal static class OutputWeights
{
    public static Func<CellKey, double> Of(PlanBook book)
    {
        var weights = book.Rows.Where(row => row.Tier is "" or Rating.Price.StandardTier && row.Region.Length == 0 && row.InputPerMillion > 0)
            .GroupBy(row => (row.Provider, row.Model)).ToDictionary(model => model.Key, model => model.First().OutputPerMillion / (double)model.First().InputPerMillion);
        return cell => weights.TryGetValue((cell.Provider, cell.Model), out var own) ? own : weights.GetValueOrDefault((cell.Provider, book.Names.ModelOf(cell.Provider, cell.Model)), 1);
    }
}
