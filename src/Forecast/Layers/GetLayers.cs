using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Layers;

/// <summary>Answers the layered forecast, as it stands now.</summary>
internal sealed class GetLayers(OrganisationForecasts forecasts, SegmentStore store, ReadPlan plan, OrganisationDirectory organisation, OrganisationBudgets budgets,
    TimeProvider time)
{
    public async Task<LayeredForecast> RunAsync(GetLayersRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        var confidence = Confidence.Require(request.Confidence);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var current = await CurrentForecast.ReadAsync(forecasts, store, calendar, now, cancellationToken);
        var (items, unpriced) = await plan.ActiveAsync(current, cancellationToken);
        var layered = new LayeredForecasts(current, request.TeamId, items);
        var evidence = Evidence.Of(layered.Teams);
        var answer = new LayeredForecast
        {
            TeamId = request.TeamId,
            Currency = currency,
            AsOf = now.ToTimestampUtc(),
            TimeZone = calendar.Name,
            Periods = { layered.Periods().Select(period => period.Layers.ToWire(period.Kind, layered.Horizon)) },
            Months = { layered.Months().Select(month => month.ToWire(PeriodKind.Unspecified, layered.Horizon)) },
            Evidence = evidence,
            Notes = { Evidence.Notes(evidence, layered.Teams), unpriced },
        };
        var funds = await organisation.ReadFundsAsync(cancellationToken);
        AddMoney(answer, layered, current, funds, await budgets.ListAsync(request.TeamId, cancellationToken), confidence);
        return answer;
    }

    private static void AddMoney(
        LayeredForecast answer, LayeredForecasts layered, CurrentForecast current, IReadOnlyDictionary<string, long> funds, IReadOnlyList<BudgetView> budgets, double confidence)
    {
        var totals = new DailyTotals(layered.Horizon.Days);
        var byTeam = budgets.ToLookup(budget => budget.Scope.TeamId, StringComparer.Ordinal);
        foreach (var team in funds.Keys.Union(byTeam.Select(team => team.Key)).Where(team => answer.TeamId.Length == 0 || team == answer.TeamId).Order(StringComparer.Ordinal))
        {
            totals.Of(layered, current, team);
            if (funds.TryGetValue(team, out var available))
            {
                answer.Funds.Add(FundsOutlooks.Of(team, available, totals, layered.Horizon, confidence));
            }

            answer.Budgets.AddRange(byTeam[team].Select(budget => BudgetOutlooks.Of(budget, layered, current, totals)));
        }
    }
}
