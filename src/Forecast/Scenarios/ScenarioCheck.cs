using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using Platform.Rating;
using BudgetChange = Platform.Forecast.Scenarios.Changes.BudgetChange;
using PriceChange = Platform.Forecast.Scenarios.Changes.PriceChange;

namespace Platform.Forecast.Scenarios;

/// <summary>What a scenario must be: every problem at once. Pure.</summary>
internal static class ScenarioCheck
{
    public const int MostScenarios = 10;
    private const int MostChanges = 20;

    /// <summary>Its changes, in the order in which they act: plan changes first, then the others as they stand.</summary>
    public static List<Change> Read(Scenario scenario, List<string> problems)
    {
        if (Validation.Id("name", scenario.Name) is { } problem)
        {
            problems.Add(problem);
        }

        if (scenario.Changes.Count is < 1 or > MostChanges)
        {
            problems.Add($"{Validation.Shown(scenario.Name)}: a scenario has 1 to {MostChanges} changes; it has {scenario.Changes.Count}.");
            return [];
        }

        var own = new List<string>();
        var changes = scenario.Changes.Select(line => ChangeReader.Read(line, own)).OfType<Change>().ToList();
        problems.AddRange(own.Select(found => $"{Validation.Shown(scenario.Name)}: {found}"));
        return [.. changes.OrderBy(change => change is PlanChange ? 0 : 1)];
    }

    /// <summary>What does not fit what there is.</summary>
    public static IEnumerable<string> Problems(Change change, ScenarioFacts facts)
    {
        string?[] problems = change switch
        {
            WalletChange wallet => [facts.Funds.ContainsKey(wallet.TeamId) ? Wallet(wallet, facts) : Wallet(wallet.TeamId)],
            RouteChange route => [When(route.When, facts.Current.Horizon)],
            LaneChange lane => [When(lane.When, facts.Current.Horizon)],
            PriceChange price => [When(price.When, facts.Current.Horizon), .. Rates(price.Rates, facts.Currency)],
            LiftChange lift => [When(lift.When, facts.Current.Horizon)],
            OutageChange outage =>
            [
                When(outage, facts.Current),
                outage.FallbackModel.Length > 0 && facts.Prices.Problem(outage.FallbackProvider, outage.FallbackModel) is null ? Fallback(outage, facts) : null,
            ],
            _ => [],
        };
        return Missing(change, facts.Teams, facts.Budgets, facts.Prices).Concat(problems.OfType<string>()).Distinct().Select(problem => $"'{Validation.Shown(change.Line)}': {problem}");
    }

    /// <summary>What it names and there is not, or not any more.</summary>
    /// <param name="teams">Null: nobody was asked.</param>
    public static IEnumerable<string> Missing(Change change, IReadOnlyCollection<string>? teams, IReadOnlyList<BudgetView> budgets, ModelPrices prices)
    {
        string?[] missing = change switch
        {
            WalletChange wallet => [Team(wallet.TeamId, teams)],
            BudgetChange budget => [budgets.Any(known => known.BudgetId == budget.BudgetId) ? null : $"there is no active budget '{Validation.Shown(budget.BudgetId)}'; kt budgets list shows them."],
            LimitChange limit => [Team(limit.TeamId, teams)],
            RouteChange route => [Team(route.Of.TeamId, teams), prices.Problem(route.Provider, route.Model)],
            LaneChange lane => [Team(lane.Of.TeamId, teams), lane.Model.Length > 0 ? prices.Problem(lane.Provider, lane.Model) : null],
            PriceChange price => [Team(price.Of.TeamId, teams)],
            LiftChange lift => [Team(lift.Of.TeamId, teams)],
            OutageChange outage => [Team(outage.Of.TeamId, teams), outage.FallbackModel.Length > 0 ? prices.Problem(outage.FallbackProvider, outage.FallbackModel) : null],
            _ => [],
        };
        return missing.OfType<string>();
    }

    /// <summary>What takes more of a budget than it is, after the changes before it; of wallets <see cref="MovedMoney"/> says it.</summary>
    public static IEnumerable<string> Overdrawn(IReadOnlyList<Change> changes, ScenarioFacts facts)
    {
        var amounts = facts.Budgets.ToDictionary(budget => budget.BudgetId, budget => budget.AmountNanos, StringComparer.Ordinal);
        foreach (var change in changes.OfType<BudgetChange>().Where(change => amounts.ContainsKey(change.BudgetId)))
        {
            var before = amounts[change.BudgetId];
            amounts[change.BudgetId] = change.Amount.Of(before);
            if (change.Amount.TakesMoreThan(before))
            {
                yield return $"'{Validation.Shown(change.Line)}': {OverdrawnSentence(change, before, facts.Currency)}";
            }
        }
    }

    public static string OverdrawnSentence(BudgetChange change, long before, string currency) =>
        $"budget {change.BudgetId} is {new Money(before)} {currency}, of which no more can be taken; amount=0 asks for none.";

    private static string? Team(string teamId, IReadOnlyCollection<string>? teams) =>
        teamId.Length == 0 || teams?.Contains(teamId) != false ? null : $"there is no team '{Validation.Shown(teamId)}'; kt teams list shows them.";

    private static string Wallet(string teamId) => teamId.Length == 0 ? "there is no wallet." : $"team {Validation.Shown(teamId)} has no wallet.";

    private static string? Wallet(WalletChange change, ScenarioFacts facts)
    {
        var team = facts.Wallets.Where(wallet => wallet.TeamId == change.TeamId).ToArray();
        return change.IsOfTeam ? null
            : change.Find(team) is null ? $"{(change.UserId.Length > 0 ? $"user {Validation.Shown(change.UserId)}" : $"application {Validation.Shown(change.ApplicationId)}")} has no wallet in team {change.TeamId}; kt wallets list shows them."
            : team.Any(SharedWallet.IsTeams) ? null : $"team {change.TeamId} has no wallet of its own, which the money would come out of.";
    }

    private static string? Fallback(OutageChange outage, ScenarioFacts facts)
    {
        var (provider, model) = facts.Prices.Resolve(outage.FallbackProvider, outage.FallbackModel);
        return provider == outage.Of.Provider && (outage.Of.Model.Length == 0 || outage.Of.Model == model)
            ? "fallback= is of what does not answer: name another provider, or say model= where one model alone is out." : null;
    }

    /// <summary>As the price book takes them.</summary>
    private static IEnumerable<string?> Rates(NewRates? rates, string currency) => rates is null ? [] :
    [
        Rate("input", rates.Input, currency), Rate("output", rates.Output, currency), Rate("per_request", rates.PerRequest, currency),
    ];

    private static string? Rate(string name, long? nanos, string currency) =>
        nanos > MaxRate.NanosIn(currency) ? $"{name}= must be at most {new Money(MaxRate.NanosIn(currency))} {currency}; it is {new Money(nanos.Value)}." : null;

    private static string? When(Changes.Span span, HorizonCalendar horizon) =>
        span.To <= horizon.Today ? "ends= is in the past: nothing of it is forecast."
        : span.From > horizon.Today.AddDays(horizon.Days - 1) ? $"starts= is beyond the days that are forecast, which end with {horizon.Today.AddDays(horizon.Days - 1):yyyy-MM-dd}."
        : null;

    private static string? When(OutageChange outage, CurrentForecast current)
    {
        var horizon = current.Horizon;
        var day = outage.At is { } at ? horizon.Calendar.DayOf(at) : outage.Day ?? horizon.Today.AddDays(1);
        var isPast = outage.At is { } moment ? moment.AddHours(outage.Hours) <= current.Now : day < horizon.Today;
        return isPast || day > horizon.Today.AddDays(horizon.Days - 1) ? "it lies outside the days that are forecast." : null;
    }
}
