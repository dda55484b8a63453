using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Layers;

/// <summary>Answers how a total for the next month is best given to teams.</summary>
internal sealed class PlanAllocation(ReadForecast forecast, OrganisationDirectory organisation, TimeProvider time)
{
    public async Task<AllocationPlan> RunAsync(PlanAllocationRequest request, CancellationToken cancellationToken)
    {
        if (request.TotalNanos <= 0)
        {
            throw RpcErrors.InvalidArgument("total must be above zero.", Reasons.AmountInvalid);
        }

        var confidence = Confidence.Require(request.Confidence);
        var calendar = Calendars.Require(request.TimeZone);
        var moment = await forecast.RunAsync(calendar, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
        var (layered, horizon) = (moment.Of(""), moment.Current.Horizon);
        var (from, to) = (horizon.Month.AddMonths(1), horizon.Month.AddMonths(2));
        var span = PeriodSpan.Of(from, to, horizon);
        var refused = layered.Teams.ToDictionary(team => team.TeamId, team => UnfundedDemand.Of([team], span, moment.Current), StringComparer.Ordinal);
        var totals = new DailyTotals(horizon.Days);
        var teams = layered.Teams.Select(team => team.TeamId).Union(layered.Planned.Keys).Order(StringComparer.Ordinal).Select(team => (team, totals.Of(layered, moment.Current, team).Sorted(
            from.DayNumber - horizon.Today.DayNumber, to.DayNumber - horizon.Today.DayNumber, request.CountRefused ? refused.GetValueOrDefault(team) : null))).ToArray();
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var answer = AllocationPlans.Of(
            teams, request.TotalNanos, confidence, currency, refused.ToDictionary(team => team.Key, team => UnfundedDemand.Expected(team.Value), StringComparer.Ordinal), request.CountRefused);
        answer.PeriodStart = calendar.StartOf(from).ToTimestampUtc();
        answer.PeriodEnd = calendar.StartOf(to).ToTimestampUtc();
        return answer;
    }
}

internal static class Confidence
{
    public const double Usual = 0.9;

    /// <summary>A share of futures; 0 means nine in ten.</summary>
    public static double Require(double confidence) => confidence == 0 ? Usual : confidence is > 0 and < 1
        ? confidence
        : throw RpcErrors.InvalidArgument("confidence must be above 0 and below 1, such as 0.9.");
}
