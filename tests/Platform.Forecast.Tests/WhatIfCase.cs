using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Tests;

/// <summary>What scenarios of an imagined company are worked out from, without a server.</summary>
internal sealed record WhatIfCase(CurrentForecast Current)
{
    /// <summary>Dollars per million tokens, in and out.</summary>
    public static readonly IReadOnlyList<PriceRow> Book =
    [
        Price("openai", "gpt-4o", "standard", 2.5, 10), Price("openai", "gpt-4o", "flex", 1.25, 5), Price("openai", "gpt-4o-mini", "standard", 0.25, 1), Price("mistral", "large", "standard", 5, 20),
    ];

    public IReadOnlyList<PriceRow> Prices { get; init; } = Book;

    public IReadOnlyList<PriceAlias> Aliases { get; init; } = [];

    /// <summary>In the scheduled lane gpt-4o is served by its flex tier, all else as ever.</summary>
    private PlanBook PlanBook => new(Prices, new ScheduledRoute(new RoutePolicy
    {
        Targets =
        {
            new TargetPolicy { Provider = "openai", Model = "gpt-4o" }, new TargetPolicy { Name = "later", Provider = "openai", Model = "gpt-4o", ServiceTier = "flex" },
            new TargetPolicy { Provider = "openai", Model = "gpt-4o-mini" },
        },
        Models =
        {
            new ModelPolicy { Name = "gpt-4o", Lane = "premium", Route = To("openai/gpt-4o"), Lanes = { ["scheduled"] = To("later") } },
            new ModelPolicy { Name = "gpt-4o-mini", Lane = "standard", Route = To("openai/gpt-4o-mini") },
        },
        Lanes = { new LanePolicy { Name = "scheduled" } },
    })) { Names = new ModelNames(Aliases) };

    public IReadOnlyDictionary<SegmentKey, RouteMix> Mixes { get; init; } = new Dictionary<SegmentKey, RouteMix>();

    public IReadOnlyList<PlanRow> Plan { get; init; } = [];

    public IReadOnlyDictionary<string, long> Funds { get; init; } = new Dictionary<string, long>();

    public IReadOnlyList<BudgetView> Budgets { get; init; } = [];

    public IReadOnlyList<Cap> Caps { get; init; } = [];

    /// <summary>By budget, of those whose scope needs one.</summary>
    public IReadOnlyDictionary<string, ScopeShare> Shares { get; init; } = new Dictionary<string, ScopeShare>();

    /// <summary>One a team and the organisation's own, where none are said.</summary>
    public IReadOnlyList<WalletView> Wallets
    {
        get => field ?? [.. Funds.Select(team => new WalletView
        {
            WalletId = $"wal_{team.Key}", TeamId = team.Key, AvailableNanos = team.Key.Length > 0 ? team.Value : team.Value - Funds.Where(other => other.Key.Length > 0).Sum(other => other.Value),
        })];
        init;
    }

    /// <summary>By team.</summary>
    public IReadOnlyDictionary<string, TeamWallets> Paying { get; init; } = new Dictionary<string, TeamWallets>();

    public List<QuarterLoad> Loads { get; init; } = [];

    public Dictionary<string, double[]> Hours { get; init; } = [];

    public ILookup<string, PricedItem> Items => ReadPlan.Priced([.. Plan.Select(row => (row, PlanPrices.Of(row, PlanBook).NanosPerCall!.Value))], Current).ToLookup(item => item.Item.TeamId);

    public ScenarioFacts Facts => new(
        new ForecastMoment(Current, Items, []), [.. Current.Teams.Select(team => team.TeamId).Union(["team_a", "team_b"])], "USD", Mixes, PlanBook, Plan,
        Funds.ToDictionary(team => team.Key, team => new SpendableFunds(team.Value)), Budgets, Shares, Wallets, Paying)
    {
        Caps = Caps,
    };

    /// <summary>All of a segment's days on some routes, in parts of its spend.</summary>
    public static RouteMix Mix(SegmentSeries series, params IReadOnlyList<(string Provider, string Model, double Part)> routes)
    {
        var recent = series.Days.TakeLast(RouteMix.Days).ToArray();
        return RouteMix.Of(series.Key, [.. recent.SelectMany((day, i) => routes.Select(route => new RouteDay(
            i + RouteMix.Days - recent.Length, route.Provider, route.Model, (long)(day.CostNanos * route.Part), (long)Math.Ceiling(day.Calls * route.Part), (long)(day.InputTokens * route.Part),
            (long)(day.OutputTokens * route.Part), 0, 0)))]);
    }

    /// <summary>Every segment on the same routes.</summary>
    public static WhatIfCase Of(CurrentForecast current, params IReadOnlyList<(string Provider, string Model, double Part)> routes) => new(current)
    {
        Mixes = current.Teams.SelectMany(team => team.Segments).ToDictionary(segment => segment.Key, segment => Mix(segment.Forecast.Series, routes)),
    };

    public ScenarioForecast Make(params string[] lines) => MakeFor("", lines);

    /// <param name="team">Empty: the organisation.</param>
    public ScenarioForecast MakeFor(string team, params string[] lines)
    {
        var (problems, changes) = Read(lines);
        var inputs = ScenarioInputs.Make(
            changes, Facts, changes.Index().ToDictionary(change => change.Index, _ => Loads), changes.Index().ToDictionary(change => change.Index, _ => Hours), problems);
        Assert.Empty(problems);
        return ScenarioForecast.Make(inputs, new LayeredForecasts(Current, team, Items), team, CancellationToken.None);
    }

    public ScenarioAnswer Answer(params string[] lines)
    {
        var scenario = Make(lines);
        var answer = ScenarioViews.Make("case", scenario, byMonth: true);
        ScenarioMoney.AddTo(answer, scenario, Facts, "", 0.9, CancellationToken.None);
        return answer;
    }

    public List<string> Problems(params string[] lines)
    {
        var (problems, changes) = Read(lines);
        ScenarioInputs.Make(changes, Facts, changes.Index().ToDictionary(change => change.Index, _ => Loads), changes.Index().ToDictionary(change => change.Index, _ => Hours), problems);
        return problems;
    }

    private static TargetSet To(string target) => new() { Targets = { new TargetChoice { Target = target } } };

    private static (List<string> Problems, List<Scenarios.Changes.Change> Changes) Read(string[] lines)
    {
        var problems = new List<string>();
        return (problems, ScenarioCheck.Read(new Scenario { Name = "case", Changes = { lines } }, problems));
    }

    private static PriceRow Price(string provider, string model, string tier, double input, double output) => new()
    {
        Provider = provider, Model = model, Tier = tier, Currency = "USD", InputPerMillion = (long)(input * 1e9), OutputPerMillion = (long)(output * 1e9),
        CachedInputPerMillion = (long)(input * 1e9), CacheWritePerMillion = (long)(input * 1e9), ReasoningPerMillion = (long)(output * 1e9),
    };
}
