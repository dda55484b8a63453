using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios;

/// <summary>What there is as scenarios find it, the same for all of a request.</summary>
/// <param name="Rows">Active plan items, priced or not.</param>
/// <param name="Funds">What can be spent, by team, and under an empty id to all.</param>
/// <param name="Budgets">Active ones, of whomever.</param>
/// <param name="Shares">By budget, of those of whom is asked for whose scope needs one.</param>
/// <param name="Wallets">Of the organisation.</param>
/// <param name="Paying">By team, its wallets with their shares of what it spends.</param>
internal sealed record ScenarioFacts(
    ForecastMoment Moment, IReadOnlyList<string> Teams, string Currency, IReadOnlyDictionary<SegmentKey, RouteMix> Mixes, PlanBook Book, IReadOnlyList<PlanRow> Rows,
    IReadOnlyDictionary<string, SpendableFunds> Funds, IReadOnlyList<BudgetView> Budgets, IReadOnlyDictionary<string, ScopeShare> Shares,
    IReadOnlyList<WalletView> Wallets, IReadOnlyDictionary<string, TeamWallets> Paying)
{
    public CurrentForecast Current => Moment.Current;

    /// <summary>Active period caps of whom is asked for; of the organisation those of teams too.</summary>
    public IReadOnlyList<Cap> Caps { get; init; } = [];

    /// <summary>Active items that have a price, by team.</summary>
    public ILookup<string, PricedItem> Plan => Moment.Plan;

    public ModelPrices Prices { get; } = new(Book);

    public Fallbacks Fallbacks { get; } = new(Mixes);
}
