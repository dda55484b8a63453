using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;
using BudgetChange = Platform.Forecast.Scenarios.Changes.BudgetChange;
using PriceChange = Platform.Forecast.Scenarios.Changes.PriceChange;

namespace Platform.Forecast.Scenarios;

/// <summary>What would make a scenario come true: commands for those who may, each after those before it. Plan changes are done by the promotion itself. Pure.</summary>
/// <param name="name">Of the scenario.</param>
internal sealed class ScenarioDeeds(string name, string currency, PlanBook book, IReadOnlyList<WalletView> wallets, IReadOnlyList<BudgetView> budgets, DateTimeOffset now)
{
    private readonly ModelPrices _prices = new(book);

    /// <summary>That there are; null: nobody was asked.</summary>
    public IReadOnlyCollection<string>? Teams { get; init; }

    /// <param name="changes">All of the scenario, in the order in which they act.</param>
    /// <returns>In their order.</returns>
    public IEnumerable<Deed> Of(IReadOnlyList<Change> changes)
    {
        var moved = MovedMoney.Of(changes, wallets, currency);
        var amounts = budgets.ToDictionary(budget => budget.BudgetId, budget => budget.AmountNanos, StringComparer.Ordinal);
        var prices = new PriceDeeds(name, book, now);
        foreach (var (place, change) in changes.Index())
        {
            string[] missing = [.. ScenarioCheck.Missing(change, Teams, budgets, _prices)];
            yield return new Deed
            {
                Line = change.Line, Done = change is PlanChange,
                Commands = { missing.Length > 0 ? missing.Select(what => $"Nothing: {what}") : Commands(change, moved.Moves.GetValueOrDefault(place), amounts, prices) },
            };
        }
    }

    private IEnumerable<string> Commands(Change change, MoneyMove? move, Dictionary<string, long> amounts, PriceDeeds prices) => change switch
    {
        WalletChange wallet => Wallet(wallet, move),
        BudgetChange budget => Budget(budget, amounts),
        PriceChange price => prices.Of(price),
        PlanChange => [],
        LimitChange limit => Policy(
            $"add to limits: scope {(limit.TeamId.Length > 0 ? $"team, match {limit.TeamId}" : "global")}{Limit("requests_per_minute", limit.Requests)}{Limit("tokens_per_minute", limit.Tokens)}"),
        RouteChange route => Policy($"send {Percent(route.Share)} % of {Which(route.Of)} to {Route(route.Provider, route.Model)}{When(route.When)}"),
        LaneChange lane => Policy($"send {Percent(lane.Share)} % of {Which(lane.Of)} in lane {lane.Lane}{(lane.Model.Length > 0 ? $", served by {Route(lane.Provider, lane.Model)}" : "")}{When(lane.When)}"),
        LiftChange lift => Policy(
            $"take out {(lift.What == Lifted.Routing ? "the rules" : lift.What == Lifted.Refusals ? "the limits (and caps: kt caps list)" : "the rules and limits (and caps: kt caps list)")} of {Which(lift.Of)}{When(lift.When)}"),
        OutageChange => ["Nobody makes an outage come true. kt routes show has the fallbacks; kt routes targets says how targets stand."],
        _ => throw new InvalidOperationException($"{change.GetType().Name} is a change that nothing is known of."),
    };

    private IEnumerable<string> Budget(BudgetChange change, Dictionary<string, long> amounts) => change.Amount.TakesMoreThan(amounts[change.BudgetId])
        ? [$"Nothing: {ScenarioCheck.OverdrawnSentence(change, amounts[change.BudgetId], currency)}"]
        : [$"kt budgets set {change.BudgetId} {Money(amounts[change.BudgetId] = change.Amount.Of(amounts[change.BudgetId]))}"];

    /// <param name="move">Null: whom it names has no wallet.</param>
    private IEnumerable<string> Wallet(WalletChange change, MoneyMove? move)
    {
        var whose = $"--team {change.TeamId}{(change.UserId.Length > 0 ? $" --user {change.UserId}" : "")}{(change.ApplicationId.Length > 0 ? $" --application {change.ApplicationId}" : "")}";
        return (change.TeamId.Length, move) switch
        {
            (_, null) => ["Nothing: there is no such wallet. kt wallets list shows them."],
            (_, { Problem.Length: > 0 }) => [$"Nothing: {move.Problem}"],
            (_, { Nanos: 0 }) => ["Nothing: so much is there."],
            (0, { Nanos: > 0 }) => [$"kt wallets credit {Money(move.Nanos)}"],
            (0, _) => [$"Nothing takes money out of the organisation: {new Money(-move.Nanos)} {currency} would be left unspent."],
            (_, { Nanos: > 0, Missing: > 0 }) when !change.IsOfTeam => [$"Nothing: the team's own wallet has {new Money(move.From ?? 0)} {currency} available, and it would take {new Money(move.Nanos)}."],
            (_, { Nanos: > 0 }) => [.. move.Missing > 0 ? new[] { $"kt wallets credit {Money(move.Credited)}" } : [], $"kt wallets allocate {whose} {Money(move.Nanos)}"],

            // A team gives back from its own wallet alone: what others give of it comes there before, and repays its overage.
            _ => [.. move.Others.Select(other => $"kt wallets reclaim {Of(other.Wallet)} {Money(other.Nanos)}"), .. -move.Nanos - move.Repaid is > 0 and var given ? new[] { $"kt wallets reclaim {whose} {Money(given)}" } : []],
        };
    }

    private static string Of(WalletView wallet) =>
        $"--team {wallet.TeamId}{(wallet.UserId.Length > 0 ? $" --user {wallet.UserId}" : "")}{(wallet.ApplicationId.Length > 0 ? $" --application {wallet.ApplicationId}" : "")}";

    private string Money(long nanos) => $"--amount {new Money(nanos)} --currency {currency}";

    private static string[] Policy(string what) => ["kt routes show > routes.yaml", $"# {what}", "kt routes apply -f routes.yaml --dry-run"];

    private static string Limit(string name, double? most) => most is { } value ? string.Create(CultureInfo.InvariantCulture, $", {name} {value:0.##}") : "";

    private static string Route(string provider, string model) => provider.Length > 0 ? $"{provider}/{model}" : model;

    private static string When(Changes.Span when) => $"{(when.From is { } from ? $" from {from:yyyy-MM-dd}" : "")}{(when.To is { } to ? $" until {to:yyyy-MM-dd}" : "")}";

    private static string Which(Selection of) => of.IsAll ? "all calls" : $"calls of {of.Named()}";

    private static string Percent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture);
}
