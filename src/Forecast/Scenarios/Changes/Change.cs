using Platform.Contracts.Wallet.V1;

namespace Platform.Forecast.Scenarios.Changes;

/// <summary>One thing that a scenario has otherwise, as read from its line (<see cref="ChangeReader"/>).</summary>
/// <param name="Line">As it was written.</param>
internal abstract record Change(string Line)
{
    /// <summary>The layer that what it adds or takes is put in.</summary>
    public abstract ChangedLayer Layer { get; }
}

internal enum ChangedLayer
{
    /// <summary>Money alone: it changes no spend.</summary>
    None,
    Baseline,
    Control,
    Planned,
    Resilience,
}

/// <summary>Which calls a change touches; what is empty names all.</summary>
internal sealed record Selection(string TeamId, string Workload, string Lane, string Provider, string Model)
{
    public static readonly Selection All = new("", "", "", "", "");

    public bool IsAll => this == All;

    public bool HasRoute => Provider.Length > 0 || Model.Length > 0;

    public bool TakesSegment(string teamId, string workload) => Fits(TeamId, teamId) && Fits(Workload, workload);

    public bool TakesRoute(string lane, string provider, string model) => Fits(Lane, lane) && Fits(Provider, provider) && Fits(Model, model);

    /// <summary>What it names, for people: team search, lane batch.</summary>
    public string Named() => string.Join(", ", new[] { ("team", TeamId), ("workload", Workload), ("lane", Lane), ("provider", Provider), ("model", Model) }
        .Where(name => name.Item2.Length > 0).Select(name => $"{name.Item1} {name.Item2}"));

    private static bool Fits(string wanted, string value) => wanted.Length == 0 || wanted == value;
}

/// <summary>From a day to another, which is not in it any more; null: from now, and without an end.</summary>
internal readonly record struct Span(DateOnly? From, DateOnly? To);

/// <summary>An amount, or a change of one.</summary>
/// <param name="Share">Of what it is today, such as 0.1 for ten percent more; null where nano-units are said.</param>
/// <param name="IsRelative">Nano-units are added.</param>
internal readonly record struct NewAmount(long Nanos, double? Share, bool IsRelative)
{
    /// <summary>It takes more than there is.</summary>
    public bool TakesMoreThan(long today) => IsRelative && Share is null && (Int128)today + Nanos < 0;

    /// <summary>At least nothing, at most the greatest amount.</summary>
    public long Of(long today) => Share is { } share ? Projection.Nanos.FromForecast(today * (1 + share))
        : IsRelative ? (long)Int128.Clamp((Int128)today + Nanos, 0, long.MaxValue)
        : Nanos;
}

/// <summary>
/// Money of a team comes out of the organisation's, and goes back to it; the organisation's comes from outside; that of a user or an application out of the team's own wallet.
/// </summary>
/// <param name="TeamId">Empty: the organisation.</param>
/// <param name="UserId">Whose wallet in the team; empty, as is the application: the team's.</param>
internal sealed record WalletChange(string Line, string TeamId, string UserId, string ApplicationId, NewAmount Amount) : Change(Line)
{
    public bool IsOfTeam => this is { UserId: "", ApplicationId: "" };

    /// <summary>The wallet of its user or application among those of the team; null: there is none.</summary>
    public WalletView? Find(IEnumerable<WalletView> team) =>
        team.FirstOrDefault(wallet => wallet.TeamId == TeamId && wallet.UserId == UserId && wallet.ApplicationId == ApplicationId);

    public override ChangedLayer Layer => ChangedLayer.None;
}

internal sealed record BudgetChange(string Line, string BudgetId, NewAmount Amount) : Change(Line)
{
    public override ChangedLayer Layer => ChangedLayer.None;
}

/// <param name="TeamId">Empty: one limit over the whole organisation.</param>
/// <param name="Requests">A minute; null: no limit of them.</param>
/// <param name="Tokens">A minute, in and out.</param>
internal sealed record LimitChange(string Line, string TeamId, double? Requests, double? Tokens) : Change(Line)
{
    /// <summary>Both limits of one scope: what passes is below the smaller.</summary>
    public LimitChange With(LimitChange other) => this with { Requests = Smaller(Requests, other.Requests), Tokens = Smaller(Tokens, other.Tokens) };

    private static double? Smaller(double? one, double? other) => one is { } a && other is { } b ? Math.Min(a, b) : one ?? other;

    public override ChangedLayer Layer => ChangedLayer.Control;
}

/// <param name="Provider">Empty where one provider alone has a price of the model.</param>
/// <param name="Share">0 to 1.</param>
internal sealed record RouteChange(string Line, Selection Of, Span When, string Provider, string Model, double Share) : Change(Line)
{
    public override ChangedLayer Layer => ChangedLayer.Control;
}

/// <param name="Lane">Where they go.</param>
/// <param name="Model">At whose price they run there; empty: what the lane is seen to cost, and in the scheduled lane what the routing policy serves them by.</param>
internal sealed record LaneChange(string Line, Selection Of, Span When, string Lane, double Share, string Provider, string Model) : Change(Line)
{
    public override ChangedLayer Layer => ChangedLayer.Control;
}

/// <param name="Share">0.1: ten percent dearer; null where rows are said.</param>
/// <param name="Rates">New rates in nano-units per million tokens, and a request; what is null stays.</param>
internal sealed record PriceChange(string Line, Selection Of, Span When, double? Share, NewRates? Rates) : Change(Line)
{
    public NewPrice Price => new(Share, Rates);

    public override ChangedLayer Layer => ChangedLayer.Baseline;
}

/// <summary>What a change of a price says of it: one of the two.</summary>
internal readonly record struct NewPrice(double? Share, NewRates? Rates);

internal sealed record NewRates(long? Input, long? Output, long? PerRequest);

/// <summary>A plan item that is dropped, otherwise, or new.</summary>
/// <param name="Drop">It is planned no more; nothing else is said.</param>
/// <param name="CallsShare">0.5: half as many calls again; null where calls are said.</param>
internal sealed record PlanChange(string Line, string PlanId, bool Drop, PlanFields Fields, double? CallsShare) : Change(Line)
{
    public override ChangedLayer Layer => ChangedLayer.Planned;
}

/// <summary>What is null stays as it is.</summary>
internal sealed record PlanFields
{
    public string? Name { get; init; }

    public string? TeamId { get; init; }

    public string? Workload { get; init; }

    public string? Lane { get; init; }

    public string? Provider { get; init; }

    public string? Model { get; init; }

    public DateOnly? StartsOn { get; init; }

    /// <summary>The default of a day: it stays for good.</summary>
    public DateOnly? EndsOn { get; init; }

    public int? RampDays { get; init; }

    public long? CallsPerDay { get; init; }

    public long? InputTokens { get; init; }

    public long? OutputTokens { get; init; }

    public int? ProbabilityPpm { get; init; }

    public int? SpreadPpm { get; init; }
}

[Flags]
internal enum Lifted
{
    Routing = 1,
    Refusals = 2,
    All = Routing | Refusals,
}

internal sealed record LiftChange(string Line, Selection Of, Span When, Lifted What) : Change(Line)
{
    public override ChangedLayer Layer => ChangedLayer.Control;
}

/// <param name="At">When it begins; null where only the kind of hour is said.</param>
/// <param name="Day">Of a kind of hour; null: tomorrow.</param>
/// <param name="IsPeak">At the dearest hours of a day; else so many hours of an average day.</param>
/// <param name="FallsBack">Share of its calls that another target takes, 0 to 1; null: what was seen says.</param>
/// <param name="DearerBy">What those cost more, 0.6 is 60 %; null: what was seen says.</param>
/// <param name="FallbackModel">At whose price they run; empty: what was seen, or <paramref name="DearerBy"/>, says.</param>
internal sealed record OutageChange(
    string Line, Selection Of, double Hours, DateTimeOffset? At, DateOnly? Day, bool IsPeak, double? FallsBack, double? DearerBy, string FallbackProvider, string FallbackModel)
    : Change(Line)
{
    public override ChangedLayer Layer => ChangedLayer.Resilience;
}
