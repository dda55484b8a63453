using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Scenarios.Changes;
using BudgetChange = Platform.Forecast.Scenarios.Changes.BudgetChange;
using PriceChange = Platform.Forecast.Scenarios.Changes.PriceChange;

namespace Platform.Forecast.Scenarios;

/// <summary>What would make a change come true: commands for those who may. Plan changes are done by the promotion itself. Pure.</summary>
internal sealed class ScenarioDeeds(IReadOnlyList<PriceRow> book, IReadOnlyList<WalletView> wallets, IReadOnlyList<BudgetView> budgets)
{
    private readonly IReadOnlyDictionary<string, long> _funds = OrganisationDirectory.FundsOf(wallets);

    public Deed Of(Change change) => new() { Line = change.Line, Done = change is PlanChange, Commands = { Commands(change) } };

    private string[] Commands(Change change) => change switch
    {
        WalletChange wallet => [Wallet(wallet)],
        BudgetChange budget => [$"kt budgets set {budget.BudgetId} --amount {Amount(budget.Amount.Of(budgets.FirstOrDefault(known => known.BudgetId == budget.BudgetId)?.AmountNanos ?? 0))}"],
        PriceChange price => Prices(price),
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

    private string Wallet(WalletChange change)
    {
        var before = change.IsOfTeam ? _funds.GetValueOrDefault(change.TeamId) : change.Find(wallets) is { } wallet ? wallet.AvailableNanos + wallet.LeasedUndrawnNanos : 0;
        var more = change.Amount.Of(before) - before;
        var whose = $"--team {change.TeamId}{(change.UserId.Length > 0 ? $" --user {change.UserId}" : "")}{(change.ApplicationId.Length > 0 ? $" --application {change.ApplicationId}" : "")}";
        return (change.TeamId.Length, more) switch
        {
            (_, 0) => "Nothing: so much is there.",
            (0, > 0) => $"kt wallets credit --amount {Amount(more)}",
            (0, _) => $"Nothing takes money out of the organisation: {Amount(-more)} would be left unspent.",
            (_, > 0) => $"kt wallets allocate {whose} --amount {Amount(more)}",
            _ => $"kt wallets reclaim {whose} --amount {Amount(-more)}",
        };
    }

    /// <summary>A row for each price that it names; none where the provider has set no price yet.</summary>
    private string[] Prices(PriceChange change)
    {
        var rows = book.Where(row => (change.Of.Provider.Length == 0 || row.Provider == change.Of.Provider) && (change.Of.Model.Length == 0 || row.Model == change.Of.Model)).ToArray();
        var from = change.When.From is { } day ? $" --from {day:yyyy-MM-dd}" : "";
        return rows.Length == 0 ? ["The price book has no price that is named."] :
        [
            .. rows.Select(row => $"kt prices set {row.Provider} {row.Model} --input {Rate(row.InputPerMillion, change.Rates?.Input)} --output-rate {Rate(row.OutputPerMillion, change.Rates?.Output)}"
                + $"{(row.Tier is "" or "standard" ? "" : $" --tier {row.Tier}")}{(row.Region.Length > 0 ? $" --region {row.Region}" : "")}{from} --source \"scenario\"   # other rates (cached, per request, long context) by hand"),
        ];

        string Rate(long today, long? said) => Amount(said ?? Projection.Nanos.FromForecast(today * (1 + (change.Share ?? 0))));
    }

    private static string[] Policy(string what) => ["kt routes show > routes.yaml", $"# {what}", "kt routes apply -f routes.yaml --dry-run"];

    private static string Limit(string name, double? most) => most is { } value ? string.Create(CultureInfo.InvariantCulture, $", {name} {value:0.##}") : "";

    private static string Route(string provider, string model) => provider.Length > 0 ? $"{provider}/{model}" : model;

    private static string When(Changes.Span when) => $"{(when.From is { } from ? $" from {from:yyyy-MM-dd}" : "")}{(when.To is { } to ? $" until {to:yyyy-MM-dd}" : "")}";

    private static string Which(Selection of)
    {
        string[] parts = [Named("team", of.TeamId), Named("workload", of.Workload), Named("lane", of.Lane), Named("provider", of.Provider), Named("model", of.Model)];
        return of.IsAll ? "all calls" : $"calls of {string.Join(", ", parts.Where(part => part.Length > 0))}";
    }

    private static string Named(string name, string value) => value.Length > 0 ? $"{name} {value}" : "";

    private static string Percent(double share) => (100 * share).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Amount(long nanos) => new Money(nanos).ToString();
}
