using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Api.Forecasts;

/// <param name="Periods">The forecast as it is.</param>
/// <param name="Scenarios">Those of the request, then kept ones.</param>
/// <param name="Months">With by_month: this one and the twelve after it; their kind is empty.</param>
internal sealed record WhatIfBody(
    string TeamId, string Currency, DateTimeOffset? AsOf, string TimeZone, IReadOnlyList<PeriodBody> Periods, IReadOnlyList<ScenarioBody> Scenarios, IReadOnlyList<string> Notes,
    IReadOnlyList<PeriodBody> Months)
{
    public static WhatIfBody From(WhatIfAnswer answer) => new(
        answer.TeamId, answer.Currency, answer.AsOf.ToMoment(), answer.TimeZone, [.. answer.Periods.Select(PeriodBody.From)], [.. answer.Scenarios.Select(ScenarioBody.From)],
        answer.Notes, [.. answer.Months.Select(PeriodBody.From)]);
}

/// <param name="Teams">Those whose spend differs, the largest difference of the next month first.</param>
/// <param name="Funds">Where spend or money differs.</param>
/// <param name="Wallets">Of teams that have several, where spend or money differs: each by itself.</param>
/// <param name="Months">With by_month, as of the forecast.</param>
/// <param name="Caps">Period caps of the organisation and of teams, where spend differs or what the cap is.</param>
internal sealed record ScenarioBody(
    string Name, IReadOnlyList<ScenarioPeriodBody> Periods, IReadOnlyList<ChangeBody> Changes, IReadOnlyList<TeamDifferenceBody> Teams, IReadOnlyList<FundsDifferenceBody> Funds,
    IReadOnlyList<WalletDifferenceBody> Wallets, IReadOnlyList<BudgetDifferenceBody> Budgets, IReadOnlyList<ScenarioPeriodBody> Months,
    IReadOnlyList<CapDifferenceBody> Caps)
{
    public static ScenarioBody From(ScenarioAnswer scenario) => new(
        scenario.Name, [.. scenario.Periods.Select(ScenarioPeriodBody.From)], [.. scenario.Changes.Select(ChangeBody.From)], [.. scenario.Teams.Select(TeamDifferenceBody.From)],
        [.. scenario.Funds.Select(FundsDifferenceBody.From)], [.. scenario.Wallets.Select(WalletDifferenceBody.From)], [.. scenario.Budgets.Select(BudgetDifferenceBody.From)],
        [.. scenario.Months.Select(ScenarioPeriodBody.From)], [.. scenario.Caps.Select(CapDifferenceBody.From)]);
}

/// <param name="Layers">With the scenario.</param>
/// <param name="Differences">Scenario less forecast, future by future: quantiles of differences, not differences of quantiles.</param>
internal sealed record ScenarioPeriodBody(
    string Kind, DateTimeOffset? PeriodStart, DateTimeOffset? PeriodEnd, IReadOnlyList<LayerBody> Layers, IReadOnlyList<LayerBody> Differences)
{
    public static ScenarioPeriodBody From(ScenarioPeriod period) => new(
        EnumText.Of(period.Kind), period.PeriodStart.ToMoment(), period.PeriodEnd.ToMoment(), [.. period.Layers.Select(LayerBody.From)], [.. period.Differences.Select(LayerBody.From)]);
}

/// <summary>Over all futures.</summary>
internal sealed record BandBody(Money Expected, Money P10, Money P50, Money P90)
{
    public static BandBody From(NanosBand band) => new(new(band.ExpectedNanos), new(band.P10Nanos), new(band.P50Nanos), new(band.P90Nanos));
}

/// <param name="Change">As it was written.</param>
/// <param name="Layer">Where its difference is put; empty for money, which changes no spend.</param>
/// <param name="RestsOn">Sentences for people.</param>
internal sealed record ChangeBody(
    string Change, string Layer, IReadOnlyList<ChangePeriodBody> Periods, int Segments, int PlanItems, IReadOnlyList<string> RestsOn, IReadOnlyList<string> CannotKnow)
{
    public static ChangeBody From(ChangeAnswer change) => new(
        change.Line, EnumText.Of(change.Layer), [.. change.Periods.Select(ChangePeriodBody.From)], change.Segments, change.PlanItems, change.RestsOn, change.CannotKnow);
}

/// <param name="Touched">What the change acts on, as those before it left it.</param>
/// <param name="Unserved">Of it what is not served any more, at its price before.</param>
/// <param name="Difference">What it adds or takes, after those before it.</param>
internal sealed record ChangePeriodBody(string Kind, Money Touched, Money Unserved, BandBody Difference)
{
    public static ChangePeriodBody From(ChangePeriod period) =>
        new(EnumText.Of(period.Kind), new(period.TouchedNanos), new(period.UnservedNanos), BandBody.From(period.Difference));
}

internal sealed record TeamDifferenceBody(string TeamId, IReadOnlyList<TeamPeriodBody> Periods)
{
    public static TeamDifferenceBody From(TeamDifference team) =>
        new(team.TeamId, [.. team.Periods.Select(period => new TeamPeriodBody(EnumText.Of(period.Kind), BandBody.From(period.Difference)))]);
}

internal sealed record TeamPeriodBody(string Kind, BandBody Difference);

/// <param name="RefusedThisMonth">Demand beyond what is available, to the end of this month.</param>
/// <param name="RefusedToNextMonth">From now to the end of the next one.</param>
internal sealed record ScenarioFundsBody(FundsOutlookBody Outlook, BandBody RefusedThisMonth, BandBody RefusedToNextMonth)
{
    public static ScenarioFundsBody From(ScenarioFunds funds) =>
        new(FundsOutlookBody.From(funds.Outlook), BandBody.From(funds.RefusedThisMonth), BandBody.From(funds.RefusedToNextMonth));
}

internal sealed record FundsDifferenceBody(ScenarioFundsBody Forecast, ScenarioFundsBody Scenario)
{
    public static FundsDifferenceBody From(FundsDifference funds) => new(ScenarioFundsBody.From(funds.Forecast), ScenarioFundsBody.From(funds.Scenario));
}

internal sealed record WalletDifferenceBody(WalletOutlookBody Forecast, WalletOutlookBody Scenario)
{
    public static WalletDifferenceBody From(WalletDifference wallet) => new(WalletOutlookBody.From(wallet.Forecast), WalletOutlookBody.From(wallet.Scenario));
}

internal sealed record CapDifferenceBody(CapOutlookBody Forecast, CapOutlookBody Scenario)
{
    public static CapDifferenceBody From(CapDifference cap) => new(CapOutlookBody.From(cap.Forecast), CapOutlookBody.From(cap.Scenario));
}

internal sealed record BudgetDifferenceBody(BudgetOutlookBody Forecast, BudgetOutlookBody Scenario)
{
    public static BudgetDifferenceBody From(BudgetDifference budget) => new(BudgetOutlookBody.From(budget.Forecast), BudgetOutlookBody.From(budget.Scenario));
}
