using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

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
        var answer = new LayeredForecast
        {
            TeamId = request.TeamId,
            Currency = currency,
            AsOf = now.ToTimestampUtc(),
            TimeZone = calendar.Name,
            Periods = { layered.Periods().Select(period => period.Layers.ToWire(period.Kind, layered.Horizon)) },
            Months = { layered.Months().Select(month => month.ToWire(PeriodKind.Unspecified, layered.Horizon)) },
            Evidence = evidence,
            Notes = { Evidence.Notes(evidence, layered.Teams), moment.Unpriced },
        };
        var wallets = await organisation.ListWalletsAsync(cancellationToken);
        var watched = await budgets.ListAsync(request.TeamId, cancellationToken);
        var scopes = await shares.OfAsync(moment.Current, watched, cancellationToken);
        var paying = await walletShares.OfAsync(moment.Current, request.TeamId, wallets, cancellationToken);
        AddMoney(answer, layered, moment.Current, OrganisationDirectory.FundsOf(wallets), watched, scopes, paying, confidence);
        return answer;
    }

    private static void AddMoney(
        LayeredForecast answer, LayeredForecasts layered, CurrentForecast current, IReadOnlyDictionary<string, long> funds, IReadOnlyList<BudgetView> budgets,
        IReadOnlyDictionary<string, ScopeShare> shares, IReadOnlyList<SharedWallet> wallets, double confidence)
    {
        // Those of parts are worked out apart, and at once.
        var parts = budgets.Where(budget => !budget.Scope.IsWhole()).AsParallel()
            .Select(budget => BudgetOutlooks.Of(budget, layered, current, new DailyTotals(0), shares.GetValueOrDefault(budget.BudgetId))).ToDictionary(outlook => outlook.BudgetId);
        var totals = new DailyTotals(layered.Horizon.Days);
        var byTeam = budgets.ToLookup(budget => budget.Scope.TeamId, StringComparer.Ordinal);
        foreach (var team in funds.Keys.Union(byTeam.Select(team => team.Key)).Where(team => answer.TeamId.Length == 0 || team == answer.TeamId).Order(StringComparer.Ordinal))
        {
            totals.Of(layered, current, team);
            if (funds.TryGetValue(team, out var available))
            {
                answer.Funds.Add(FundsOutlooks.Of(team, available, totals, current, confidence));
            }

            if (wallets.Count > 0)
            {
                answer.Wallets.AddRange(WalletOutlooks.Of(team, wallets, layered, current, totals, confidence));
            }

            answer.Budgets.AddRange(byTeam[team].Select(budget => parts.TryGetValue(budget.BudgetId, out var part) ? part : BudgetOutlooks.Of(budget, layered, current, totals)));
        }
    }
}
