using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Variances;
using Platform.Forecast.Work;
using Platform.Forecasting;

namespace Platform.Forecast.Diagnoses;

/// <summary>Reads what rules look at, of every team at one moment: peers are needed to judge one.</summary>
internal sealed class ReadTeamFacts(
    ReadForecast forecast, CellStore cells, OrganisationWaste waste, OrganisationDirectory organisation, OrganisationBudgets budgets, OrganisationAlerts alerts, ControlStore controls,
    QuestionTurns turns)
{
    private const int AlertDays = 70;
    private const int AnnouncedDays = 42;
    private const int MostControls = 10_000;

    /// <summary>Those that used or plan anything, or have a wallet.</summary>
    /// <param name="teamId">That one alone, which the others' spend is read for too; empty: all.</param>
    public async Task<IReadOnlyList<TeamFacts>> RunAsync(BillingCalendar calendar, DateTimeOffset now, string currency, string teamId, CancellationToken cancellationToken)
    {
        var moment = await forecast.RunAsync(calendar, now, cancellationToken);
        var today = moment.Current.Horizon.Today;
        var weeks = new DaySpan(today.AddDays(-FactsOfUsage.WeeksDays), today);
        var sums = await cells.ReadAsync("", calendar, weeks, cancellationToken);
        var premium = FactsOfUsage.Premium(sums.Cells);
        var unclassified = sums.Cells.Where(cell => cell.Key.Workload.Length == 0).ToLookup(cell => cell.Key.TeamId, cell => cell.Value.CostNanos, StringComparer.Ordinal);
        var refusals = (await cells.ReadRefusalsAsync(calendar, weeks, cancellationToken)).ToLookup(refusal => refusal.TeamId, StringComparer.Ordinal);
        var wasted = (await waste.ReadAsync("", weeks, weeks, cancellationToken)).ToLookup(part => part.Cell.TeamId, StringComparer.Ordinal);
        var money = await organisation.ReadFundsAsync(teamId, cancellationToken);
        var (funds, owned) = (money.ByTeam(moment.Current.Horizon), money.OwnNanos());
        var ofTeams = (await budgets.ListAsync(teamId, cancellationToken)).Where(IsOfTeam).ToLookup(budget => budget.Scope.TeamId, StringComparer.Ordinal);
        var told = (await ReadAlertsAsync(now, cancellationToken)).ToLookup(alert => alert.TeamId, StringComparer.Ordinal);
        var announced = await controls.ListAsync(new ControlFilter("", now.AddDays(-AnnouncedDays), null, ControlEvent.Rules), MostControls, cancellationToken);
        string[] unused = [.. funds.Where(team => team.Key.Length > 0 && team.Value.AvailableNanos > 0).Select(team => team.Key).Except(moment.Current.Teams.Select(team => team.TeamId))];
        var funded = await controls.ReadFirstFundedAsync(unused, now.AddDays(-FactsOfUsage.WeeksDays), cancellationToken);
        var used = moment.Current.Teams.ToDictionary(team => team.TeamId, StringComparer.Ordinal);
        string[] teams =
        [
            .. used.Keys.Union(moment.Plan.Select(team => team.Key)).Union(funds.Keys.Where(team => team.Length > 0)).Where(team => teamId.Length == 0 || team == teamId).Order(StringComparer.Ordinal),
        ];
        using var turn = teamId.Length == 0 ? await turns.EnterAsync(cancellationToken) : null;
        return await WorkThreads.RunAsync(() => WorkThreads.Each(teams, () => new DailyTotals(moment.Current.Horizon.Days), Facts, cancellationToken), cancellationToken);

        TeamFacts Facts(string team, DailyTotals totals)
        {
            var forecast = used.GetValueOrDefault(team);
            var usage = FactsOfUsage.Of(forecast, today);
            return new TeamFacts(
                team, currency, today, usage.Month, unclassified[team].Sum(), premium.GetValueOrDefault(team).PremiumNanos, FactsOfUsage.Peers(premium, team), usage.LastWeek, usage.Before,
                [.. refusals[team].Select(refusal => new Refusal(refusal.Reason, refusal.Attempts, Nanos.FromForecast(refusal.BoundNanos * sums.CostOfBound(team)), refusal.BoundNanos))],
                wasted[team].GroupBy(part => part.Driver).ToDictionary(kind => kind.Key, kind => kind.Sum(part => part.Nanos)),
                funds.TryGetValue(team, out var own) ? Funds(own, owned.GetValueOrDefault(team), totals.Of(moment.Of(team), moment.Current, team), moment.Current) : null,
                [.. ofTeams[team]], [.. told[team]], [.. moment.Plan[team]], usage.Shifts, [.. announced.Where(change => change.TeamId.Length == 0 || change.TeamId == team)])
            {
                Calendar = calendar,
                KnownDays = FactsOfUsage.KnownDays(forecast, today),
                IsNew = forecast is null ? funded.Contains(team) : FactsOfUsage.KnownDays(forecast, today) < ForecastEngine.LeastHistory,
            };
        }
    }

    private static bool IsOfTeam(BudgetView budget) => budget.Scope is { TeamId.Length: > 0, UserId: "", KeyId: "", Provider: "", Model: "", Workload: "", Lane: "", TagKey: "" };

    private async Task<IEnumerable<Alert>> ReadAlertsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var thresholds = await alerts.ListAsync(AlertKind.BudgetThreshold, now.AddDays(-AlertDays), null, cancellationToken);
        return thresholds.Concat(await alerts.ListAsync(AlertKind.WalletExhausted, now.AddDays(-AlertDays), null, cancellationToken));
    }

    private static TeamFunds Funds(SpendableFunds funds, long ownNanos, DailyTotals totals, CurrentForecast current)
    {
        var (horizon, course) = (current.Horizon, new FundsCourse(funds, totals, current));
        var (monthEnd, nextEnd, soon) = (FundsOutlooks.DaysTo(horizon, 1), FundsOutlooks.DaysTo(horizon, 2), DaysAtRisk.To(horizon.Today).DayNumber - horizon.Today.DayNumber);
        return new TeamFunds(
            funds.AvailableNanos, funds.OverageNanos, ownNanos, course.ExhaustedBefore(monthEnd), course.ExhaustedBefore(soon), course.ExhaustedIn(FundsOutlooks.Early), course.ExhaustedIn(FundsOutlooks.Half), Needed(soon),
            course.Missing(Confidence.Usual, soon), Needed(nextEnd))
        {
            ObservingNote = funds.ObservingNote,
        };

        long Needed(int days) => PathTotals.Quantile(totals.Sorted(0, days), Confidence.Usual);
    }
}
