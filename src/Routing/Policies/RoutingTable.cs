using System.Collections.Frozen;
using Platform.Contracts.Wallet.V1;

namespace Platform.Routing.Policies;

/// <summary>
/// A version of the routing policy as calls need it: names resolved, defaults filled in, look-ups by name. Immutable: a call keeps the one that it began with.
/// </summary>
/// <param name="Models">By public name and by alias.</param>
/// <param name="Rules">Without those that are off, in order.</param>
internal sealed record RoutingTable(
    long Version, FrozenDictionary<string, RouteProvider> Providers, FrozenDictionary<string, RouteTarget> Targets, FrozenDictionary<string, RouteModel> Models,
    FrozenDictionary<string, RouteLane> Lanes, IReadOnlyList<RouteRule> Rules, IReadOnlyList<RouteLimit> Limits)
{
    /// <summary>What of the document is served otherwise than it says, a sentence each: it was accepted by a release that did not know better.</summary>
    public IReadOnlyList<string> Departures { get; init; } = [];

    /// <summary>As records name it.</summary>
    public string Label { get; } = $"policy@{Version}";

    /// <summary>Each model once, by name.</summary>
    public IEnumerable<RouteModel> NamedModels() => Models.Where(pair => pair.Key == pair.Value.Name).Select(pair => pair.Value).OrderBy(model => model.Name, StringComparer.Ordinal);

    /// <summary>Who serves the model in a lane: in its own its own targets; else those that it names for the lane, those of the lane, or, where the lane has none, its own.</summary>
    public RouteSet RouteOf(RouteModel model, string lane) =>
        lane == model.Lane ? model.Route
        : model.Lanes.GetValueOrDefault(lane) ?? (Lanes.TryGetValue(lane, out var known) && known.Route is { } route ? route : model.Route);
}

internal enum ProviderKind
{
    OpenAi,
    AzureOpenAi,
    Anthropic,
    Compatible,
}

/// <param name="BaseUrl">Absolute, without a slash at its end and without <see cref="ApiPath"/>; null when neither policy nor configuration names one.</param>
/// <param name="ApiKey">Null when its reference leads nowhere.</param>
/// <param name="TeamApiKeys">Of each team that the policy names a key for, by its id; null when its reference leads nowhere.</param>
/// <param name="KeyReference">Where the policy says that the key is.</param>
internal sealed record RouteProvider(
    string Name, ProviderKind Kind, string? BaseUrl, ProviderKey? ApiKey, FrozenDictionary<string, ProviderKey?> TeamApiKeys, string ApiVersion, string ProbePath,
    TimeSpan ProbeInterval, string KeyReference = "")
{
    /// <summary>Where most providers' interfaces lie.</summary>
    public const string DefaultApiPath = "/v1";

    /// <summary>Where its interface lies below <see cref="BaseUrl"/>: a slash first, none at its end.</summary>
    public string ApiPath { get; init; } = DefaultApiPath;

    /// <summary>Teams that the policy names a key for which is not there, in order.</summary>
    public IEnumerable<string> TeamsWithoutKey => TeamApiKeys.Where(pair => pair.Value is null).Select(pair => pair.Key).Order(StringComparer.Ordinal);

    /// <summary>
    /// The team's own key where the policy names one, else the provider's; null when the provider is not set up for the team. A team's key that is not there is never replaced by the provider's: its
    /// calls would be billed to, and what they leave at the provider would be kept in, another account.
    /// </summary>
    public ProviderKey? KeyFor(string teamId) => TeamApiKeys.TryGetValue(teamId, out var own) ? own : ApiKey;

    /// <summary>A key that is there, for what is asked in nobody's name; null when there is none.</summary>
    public ProviderKey? AnyKey => ApiKey ?? TeamApiKeys.Values.FirstOrDefault(key => key is not null);

    /// <summary>What keeps calls of the team from being sent there, in words.</summary>
    public string MissingFor(string teamId) => BaseUrl is null ? "its address" : TeamApiKeys.ContainsKey(teamId) ? $"the key of team '{teamId}'" : "its key";

    /// <summary>True when calls of the team can be sent there.</summary>
    public bool IsSetUpFor(string teamId) => BaseUrl is not null && KeyFor(teamId) is not null;

    /// <summary>True when calls of some team can be sent there.</summary>
    public bool IsSetUp => BaseUrl is not null && AnyKey is not null;
}

/// <summary>A provider's key. It is sent to the provider and nowhere else; <see cref="ToString"/> does not tell it.</summary>
internal sealed class ProviderKey(string secret)
{
    private const int HintCharacters = 4;

    /// <summary>Empty for a provider that asks for none: nothing is sent then.</summary>
    public string Secret { get; } = secret;

    /// <summary>As the value of a header Authorization.</summary>
    public string Bearer { get; } = $"Bearer {secret}";

    /// <summary>Its last four characters, as provider bills name keys; empty when it is too short to hide.</summary>
    public string Hint { get; } = secret.Length >= 3 * HintCharacters ? secret[^HintCharacters..] : "";

    public override string ToString() => Hint;
}

[Flags]
internal enum ShapeKinds
{
    None = 0,
    Chat = 1,
    Messages = 2,
    Embeddings = 4,
    Responses = 8,
}

/// <summary>One model of one provider.</summary>
/// <param name="Model">What the provider is asked for, and priced as.</param>
/// <param name="DefaultMaxOutputTokens">The output cap that is sent when the caller names none; 0 where nothing is generated.</param>
/// <param name="MaxOutputTokens">The most that is ever sent; a caller's higher cap is cut to it.</param>
/// <param name="OverheadTokens">Input tokens that the provider may add to what the request's bytes can amount to.</param>
/// <param name="ServiceTier">What it is priced as and, where that can be asked for, what is asked for (<see cref="Pricing.ServiceTiers"/>).</param>
/// <param name="OutputCapField">The request's field that carries the cap, in whichever the caller named its own.</param>
internal sealed record RouteTarget(
    string Name, RouteProvider Provider, string Model, string Deployment, ShapeKinds Shapes, int DefaultMaxOutputTokens, int MaxOutputTokens, int OverheadTokens,
    string OutputCapField, string ServiceTier, string Region)
{
    /// <summary>Its provider must be asked for the standard tier in so many words.</summary>
    public bool TakesDefaultTier { get; init; }

    /// <summary>Fields of requests that it takes although nothing bounds what they cost.</summary>
    public FrozenSet<string> AllowedFields { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The most tokens of input that the model takes, its output included or not; 0: not known.</summary>
    public int ContextTokens { get; init; }

    public RouteTimeouts Timeouts { get; init; } = RouteTimeouts.Unsaid;

    /// <summary>The usage of its streams comes by itself, and its server refuses who asks for it.</summary>
    public bool TellsUsageUnasked { get; init; }

    /// <summary>What nobody waits for any more is cancelled instead of read to its end; what it used is then known from the provider's bill alone.</summary>
    public bool CancelsAbandoned { get; init; }
}

/// <summary>How long a target's attempts may take; null: as the gateway's options say.</summary>
internal sealed record RouteTimeouts(TimeSpan? FirstByte, TimeSpan? FirstToken, TimeSpan? Silence, TimeSpan? Total)
{
    public static readonly RouteTimeouts Unsaid = new(null, null, null, null);
}

internal enum Strategy
{
    Ordered,
    Weighted,
    LowestCost,
    LowestLatency,
    LeastLoaded,
}

[Flags]
internal enum FailureKinds
{
    None = 0,
    RateLimit = 1,
    Timeout = 2,
    ServerError = 4,
    Connection = 8,
    ContextLength = 16,
    ContentPolicy = 32,

    /// <summary>The provider refuses the gateway's key, or knows no such model: only an operator can set it right.</summary>
    Misconfigured = 64,

    /// <summary>A stream said an error instead of its first token. What was read for it may be billed.</summary>
    StreamError = 128,
}

/// <param name="MaxAttempts">Of a call in all, 1 to 10.</param>
/// <param name="BudgetPercent">Retries and fallbacks in percent of calls, above a floor of 10 a minute.</param>
internal sealed record RouteFailover(FailureKinds RetryOn, FailureKinds FallbackOn, int MaxAttempts, int BudgetPercent, TimeSpan Backoff);

internal sealed record WeightedTarget(RouteTarget Target, int Weight);

/// <param name="Name">Stable, for counters and people: <c>model/&lt;name&gt;</c>, <c>model/&lt;name&gt;/&lt;lane&gt;</c> or <c>lane/&lt;name&gt;</c>.</param>
internal sealed record RouteSet(string Name, Strategy Strategy, IReadOnlyList<WeightedTarget> Targets, RouteFailover Failover)
{
    /// <summary>True when somebody can serve calls of the team.</summary>
    public bool IsSetUpFor(string teamId) => Targets.Any(choice => choice.Target.Provider.IsSetUpFor(teamId));
}

/// <param name="AppliedAt">When its name first stood in a policy.</param>
/// <param name="Lanes">Who serves it in other lanes than its own, where it says so itself; ask <see cref="RoutingTable.RouteOf"/>.</param>
internal sealed record RouteModel(string Name, string Lane, RouteSet Route, FrozenDictionary<string, RouteSet> Lanes, DateTimeOffset AppliedAt);

/// <param name="Route">Null: models that are asked for in the lane are served by their own targets.</param>
internal sealed record RouteLane(string Name, RouteSet? Route, IReadOnlyList<RouteWindow> Windows);

internal sealed record RouteWindow(string Cron, TimeZoneInfo Zone, TimeSpan Open);

/// <param name="IsShadow">What it would do is recorded, not done.</param>
internal sealed record RouteRule(
    string Name, bool IsShadow, FrozenSet<string> Workloads, FrozenSet<string> Teams, FrozenSet<string> Models, FrozenSet<string> Lanes, long InputTokensBelow,
    FrozenSet<WalletStatus> WalletStatus, string Lane);

internal enum LimitScope
{
    Key,
    User,
    Team,
    Model,
    Lane,
    Provider,
    Global,
}

/// <param name="Match">Whose; empty: each has a count of its own.</param>
/// <param name="BurstPercent">Of a minute's limit, what may come at once.</param>
internal sealed record RouteLimit(
    string Name, LimitScope Scope, string Match, long RequestsPerMinute, long TokensPerMinute, long RequestsPerDay, long TokensPerDay, long ParallelRequests,
    int BurstPercent, TimeSpan Queue)
{
    /// <summary>Of the policy that says so: a call that began with an older one does not set its counts back.</summary>
    public long Version { get; init; }
}
