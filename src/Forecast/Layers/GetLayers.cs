using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;

namespace Platform.Forecast.Layers;

/// <summary>Answers the layered forecast, as it stands now.</summary>
internal sealed class GetLayers(
    ReadForecast forecast, OrganisationDirectory organisation, OrganisationBudgets budgets, ScopeShares shares, WalletShares walletShares, TimeProvider time)
{
    public async Task<LayeredForecast> RunAsync(GetLayersRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        var confidence = Confidence.Require(request.Confidence);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var moment = await forecast.RunAsync(calendar, now, cancellationToken);
        var layered = moment.Of(request.TeamId);
        var evidence = Evidence.Of(layered.Teams, moment.Current.Forecast.Draws);
        var special = CalendarEvidences.Of(layered.Teams, moment.Current.Forecast.Special, layered.Horizon);
        var answer = new LayeredForecast
        {
            TeamId = request.TeamId,
            Currency = currency,
            AsOf = now.ToTimestampUtc(),
            TimeZone = calendar.Name,
            Periods = { layered.Periods().Select(period => period.Layers.ToWire(period.Kind, layered.Horizon)) },
            Months = { layered.Months().Select(month => month.ToWire(PeriodKind.Unspecified, layered.Horizon)) },
            Evidence = evidence,
            Calendar = special,
            Notes = { Evidence.Notes(evidence, layered.Teams), CalendarEvidences.Sentences(special, layered.Horizon), PriceSentences.Of(layered.Teams, moment.Current.Forecast.Prices), moment.PlanNotes, Explanation.Adjusted(layered.Periods(), currency) },
        };
        var money = await organisation.ReadFundsAsync(request.TeamId, cancellationToken);
        var watched = await budgets.ListAsync(request.TeamId, cancellationToken);
        var scopes = await shares.OfAsync(moment.Current, watched, cancellationToken);
        var paying = await walletShares.OfAsync(moment.Current, request.TeamId, money, cancellationToken);
        await Task.Run(() => AddMoney(answer, layered, moment.Current, money.ByTeam(layered.Horizon), watched, scopes, paying, confidence), cancellationToken);
        return answer;
    }

    private static void AddMoney(
        LayeredForecast answer, LayeredForecasts layered, CurrentForecast current, IReadOnlyDictionary<string, SpendableFunds> funds, IReadOnlyList<BudgetView> budgets,
        IReadOnlyDictionary<string, ScopeShare> shares, IReadOnlyDictionary<string, TeamWallets> wallets, double confidence)
    {
        // Those of parts are worked out apart, and at once.
        var parts = budgets.Where(budget => !budget.Scope.IsWhole()).AsParallel()
            .Select(budget => BudgetOutlooks.Of(budget, layered, current, new DailyTotals(0), shares.GetValueOrDefault(budget.BudgetId))).ToDictionary(outlook => outlook.BudgetId);
        var byTeam = budgets.ToLookup(budget => budget.Scope.TeamId, StringComparer.Ordinal);
        string[] teams =
            [.. funds.Keys.Union(byTeam.Select(team => team.Key)).Where(team => answer.TeamId.Length == 0 || team == answer.TeamId).Order(StringComparer.Ordinal)];
        var money = new (FundsOutlook? Funds, WalletOutlook[] Wallets, BudgetOutlook[] Budgets)[teams.Length];
        Parallel.For(0, teams.Length, () => new DailyTotals(layered.Horizon.Days), (place, _, totals) =>
        {
            var team = teams[place];
            totals.Of(layered, current, team);
            money[place] = (
                funds.TryGetValue(team, out var available) ? FundsOutlooks.WithRefused(FundsOutlooks.Of(team, available, totals, current, confidence), layered.Teams, current) : null,
                wallets.TryGetValue(team, out var paying) ? [.. WalletOutlooks.Of(team, paying, layered, current, totals, confidence)] : [],
                [.. byTeam[team].Select(budget => parts.TryGetValue(budget.BudgetId, out var part) ? part : BudgetOutlooks.Of(budget, layered, current, totals))]);
            return totals;
        }, _ => { });
        foreach (var (own, each, watched) in money)
        {
            answer.Funds.AddRange(own is null ? [] : [own]);
            answer.Wallets.AddRange(each);
            answer.Budgets.AddRange(watched);
        }
    }
}
