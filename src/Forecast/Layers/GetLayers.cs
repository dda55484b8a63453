using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Diagnoses;
using Platform.Forecast.Organisation;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;
using Platform.Forecast.Variances;
using Platform.Forecast.Work;

namespace Platform.Forecast.Layers;

/// <summary>Answers the layered forecast, as it stands now.</summary>
internal sealed class GetLayers(
    ReadForecast forecast, OrganisationDirectory organisation, OrganisationBudgets budgets, ScopeShares shares, WalletShares walletShares, CellStore cells, QuestionTurns turns, TimeProvider time)
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
        answer.Notes.AddRange(LayeredForecasts.NextYearSentence(layered.Horizon) is { Length: > 0 } year ? [year] : []);
        var money = await organisation.ReadFundsAsync(request.TeamId, cancellationToken);
        var watched = await budgets.ListAsync(request.TeamId, cancellationToken);
        var scopes = await shares.OfAsync(moment.Current, watched, cancellationToken);
        var paying = await walletShares.OfAsync(moment.Current, request.TeamId, money, cancellationToken);
        var caps = request.TeamId.Length > 0 ? await organisation.ListOwnCapsAsync(request.TeamId, cancellationToken) : await organisation.ListCapsAsync(cancellationToken);
        var refused = caps.Count > 0 ? await ReadRefusedAsync(layered, calendar, cancellationToken) : [];
        var wallets = money.Wallets.Where(wallet => wallet.TeamId.Length > 0).ToLookup(wallet => wallet.TeamId, StringComparer.Ordinal);
        var notes = caps.Select(CapOutlooks.TeamOf).Distinct().ToDictionary(
            team => team,
            team => new[] { CapOutlooks.Refused(refused.GetValueOrDefault(team), currency), CapOutlooks.Observing([.. team.Length > 0 ? wallets[team] : wallets.SelectMany(one => one)]) },
            StringComparer.Ordinal);
        using var turn = request.TeamId.Length == 0 ? await turns.EnterAsync(cancellationToken) : null;
        return await WorkThreads.RunAsync(() => WithMoney(answer, layered, moment.Current, money.ByTeam(layered.Horizon), watched, scopes, paying, confidence, caps, notes, cancellationToken), cancellationToken);
    }

    /// <summary>By team and (empty) of all, what caps refused in four weeks, at what calls cost of their bounds.</summary>
    private async Task<Dictionary<string, long>> ReadRefusedAsync(LayeredForecasts layered, BillingCalendar calendar, CancellationToken cancellationToken)
    {
        var today = layered.Horizon.Today;
        var bounds = (await cells.ReadRefusalsAsync(calendar, new DaySpan(today.AddDays(-FactsOfUsage.WeeksDays), today), cancellationToken))
            .Where(refusal => refusal.Reason == Reasons.CapReached).ToLookup(refusal => refusal.TeamId, refusal => refusal.BoundNanos, StringComparer.Ordinal);
        var refused = layered.Teams.ToDictionary(
            team => team.TeamId, team => Nanos.FromForecast(bounds[team.TeamId].Sum() * SegmentLayers.CostOfBoundOf(team.Segments.Select(segment => segment.Forecast.Series))), StringComparer.Ordinal);
        refused[""] = refused.Values.Sum();
        return refused;
    }

    private static LayeredForecast WithMoney(
        LayeredForecast answer, LayeredForecasts layered, CurrentForecast current, IReadOnlyDictionary<string, SpendableFunds> funds, IReadOnlyList<BudgetView> budgets,
        IReadOnlyDictionary<string, ScopeShare> shares, IReadOnlyDictionary<string, TeamWallets> wallets, double confidence, IReadOnlyList<Cap> caps, Dictionary<string, string[]> notes, CancellationToken cancellationToken)
    {
        // Those of parts are worked out apart, and at once.
        var parts = WorkThreads.Each(
            [.. budgets.Where(budget => !budget.Scope.IsWhole())], budget => BudgetOutlooks.Of(budget, layered, current, new DailyTotals(0), shares.GetValueOrDefault(budget.BudgetId)), cancellationToken)
            .ToDictionary(outlook => outlook.BudgetId);
        var byTeam = budgets.ToLookup(budget => budget.Scope.TeamId, StringComparer.Ordinal);
        var capsByTeam = caps.ToLookup(CapOutlooks.TeamOf, StringComparer.Ordinal);
        string[] teams =
            [.. funds.Keys.Union(byTeam.Select(team => team.Key)).Union(capsByTeam.Select(team => team.Key)).Where(team => answer.TeamId.Length == 0 || team == answer.TeamId).Order(StringComparer.Ordinal)];
        var money = WorkThreads.Each(teams, () => new DailyTotals(layered.Horizon.Days), (team, totals) =>
        {
            totals.Of(layered, current, team);
            FundsOutlook[] own = funds.TryGetValue(team, out var available) ? [FundsOutlooks.WithRefused(FundsOutlooks.Of(team, available, totals, current, confidence), layered.Teams, current)] : [];
            WalletOutlook[] each = wallets.TryGetValue(team, out var paying) ? [.. WalletOutlooks.Of(team, paying, layered, current, totals, confidence)] : [];
            BudgetOutlook[] watched = [.. byTeam[team].Select(budget => parts.TryGetValue(budget.BudgetId, out var part) ? part : BudgetOutlooks.Of(budget, layered, current, totals))];
            CapOutlook[] capped = [.. CapOutlooks.Of(capsByTeam[team], totals, current, confidence, notes.GetValueOrDefault(team, []))];
            return (own, each, watched, capped);
        }, cancellationToken);
        foreach (var (own, each, watched, capped) in money)
        {
            answer.Funds.AddRange(own);
            answer.Wallets.AddRange(each);
            answer.Budgets.AddRange(watched);
            answer.Caps.AddRange(capped);
        }

        return answer;
    }
}
