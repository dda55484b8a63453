using System.Collections.Frozen;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Rating;
using Platform.Routing.Pricing;

namespace Platform.Routing.Policies;

/// <summary>Makes of a document that was found valid what calls are served by. Keys are looked up here, so that no call has to.</summary>
internal sealed class PolicyCompiler(ProviderSecrets secrets)
{
    private const int DefaultProbeSeconds = 15;
    private const int DefaultBurstPercent = 100;

    /// <summary>No price, and no record, has a longer one: what has is priced as everywhere.</summary>
    public const int MaxRegion = 50;

    /// <exception cref="TimeZoneNotFoundException">This machine does not know a zone of the document.</exception>
    public RoutingTable Compile(StoredPolicy stored)
    {
        var policy = stored.Policy;
        var providers = policy.Providers.Select(ToProvider).ToFrozenDictionary(provider => provider.Name);
        var targets = policy.Targets.Select(target => ToTarget(target, providers)).ToFrozenDictionary(target => target.Name);
        var sets = new TargetSets(targets);
        var models = policy.Models.Select(model => ToModel(model, sets, stored.ModelsSince.GetValueOrDefault(model.Name, stored.AppliedAt))).ToList();
        var names = policy.Models.Zip(models).SelectMany(pair => pair.First.Aliases.Prepend(pair.First.Name).Select(name => (name, Model: pair.Second)));
        return new RoutingTable(
            stored.Version, providers, targets, names.ToFrozenDictionary(pair => pair.name, pair => pair.Model),
            policy.Lanes.Select(lane => ToLane(lane, sets)).ToFrozenDictionary(lane => lane.Name), [.. policy.Rules.Where(rule => rule.Mode != "off").Select(ToRule)],
            [.. policy.Limits.Select(limit => ToLimit(limit) with { Version = stored.Version })])
        {
            Departures =
            [
                .. policy.Targets.Where(target => target.ServiceTier == ServiceTiers.Batch).Select(NameOf).Select(name =>
                    $"Target '{name}' names the service tier batch, which no call through the gateway is billed at: it is funded and rated as standard."),
                .. policy.Providers.SelectMany(provider => providers[provider.Name].TeamsWithoutKey.Select(team =>
                    $"No call of team '{team}' is sent to provider '{provider.Name}': the team's own key, {provider.TeamApiKeys[team]}, is not there.")),
            ],
        };
    }

    public static string NameOf(TargetPolicy target) => target.Name.Length > 0 ? target.Name : $"{target.Provider}/{target.Model}";

    /// <summary>The tier whose price a target is funded and rated at.</summary>
    public static string TierOf(TargetPolicy target) => target.ServiceTier is "" or ServiceTiers.Batch ? Price.StandardTier : target.ServiceTier;

    public static ProviderKind KindOf(ProviderPolicy provider) => provider.Kind.Length == 0 ? ProviderKind.OpenAi : PolicyNames.Kinds[provider.Kind];

    public static ShapeKinds ShapesOf(TargetPolicy target, ProviderKind kind) => target.Shapes.Count > 0
        ? target.Shapes.Aggregate(ShapeKinds.None, (all, shape) => all | PolicyNames.Shapes[shape])
        : kind switch
        {
            ProviderKind.Anthropic => ShapeKinds.Messages,
            ProviderKind.OpenAi or ProviderKind.AzureOpenAi => ShapeKinds.Chat | ShapeKinds.Responses,
            ProviderKind.Compatible => ShapeKinds.Chat,
        };

    private RouteProvider ToProvider(ProviderPolicy provider)
    {
        var address = ProviderAddress.TryRead(provider.BaseUrl, out var named) ? named : secrets.AddressOf(provider.Name);
        return new RouteProvider(
            provider.Name, KindOf(provider), address, secrets.Find(provider.Name, address, provider.ApiKey),
            provider.TeamApiKeys.ToFrozenDictionary(pair => pair.Key, pair => secrets.Find(provider.Name, address, pair.Value)), provider.ApiVersion, provider.Health?.Path ?? "",
            TimeSpan.FromSeconds(provider.Health is { IntervalSeconds: > 0 and var seconds } ? seconds : DefaultProbeSeconds), provider.ApiKey)
        {
            ApiPath = provider.ApiPath.Length > 0 ? provider.ApiPath : RouteProvider.DefaultApiPath,
        };
    }

    private static RouteTarget ToTarget(TargetPolicy target, FrozenDictionary<string, RouteProvider> providers)
    {
        var provider = providers[target.Provider];
        return new RouteTarget(
            NameOf(target), provider, target.Model, target.Deployment.Length > 0 ? target.Deployment : target.Model, ShapesOf(target, provider.Kind),
            target.DefaultMaxOutputTokens, target.MaxOutputTokens, target.OverheadTokens,
            CapFieldOf(target, provider.Kind),
            TierOf(target),
            target.Region.Length <= MaxRegion ? target.Region : "")
        {
            TakesDefaultTier = ServiceTiers.TakesDefault(provider),
            ContextTokens = target.ContextTokens,
            AllowedFields = target.AllowFields.ToFrozenSet(StringComparer.Ordinal),
            Timeouts = target.Timeouts is { } timeouts
                ? new RouteTimeouts(Seconds(timeouts.FirstByteSeconds), Seconds(timeouts.FirstTokenSeconds), Seconds(timeouts.SilenceSeconds), Seconds(timeouts.TotalSeconds))
                : RouteTimeouts.Unsaid,
            TellsUsageUnasked = target.StreamUsage == PolicyNames.StreamUsage[1],
            CancelsAbandoned = target.OnAbandon == PolicyNames.OnAbandon[1],
        };

        static TimeSpan? Seconds(int seconds) => seconds == 0 ? null : TimeSpan.FromSeconds(seconds);
    }

    /// <summary>OpenAI's models that reason refuse <c>max_tokens</c>; older ones at Azure, and many servers that speak as OpenAI does, do not know the other field.</summary>
    private static string CapFieldOf(TargetPolicy target, ProviderKind kind) => target.OutputCapField.Length > 0 ? target.OutputCapField
        : kind is ProviderKind.OpenAi or ProviderKind.AzureOpenAi && target.Model is ['o', >= '1' and <= '9', ..] or ['g', 'p', 't', '-', >= '5' and <= '9', ..]
            ? PolicyNames.OutputCapFields[1]
            : PolicyNames.OutputCapFields[0];

    private static RouteModel ToModel(ModelPolicy model, TargetSets sets, DateTimeOffset since) => new(
        model.Name, model.Lane, sets.Resolve($"model/{model.Name}", model.Route),
        model.Lanes.ToFrozenDictionary(pair => pair.Key, pair => sets.Resolve($"model/{model.Name}/{pair.Key}", pair.Value)), since);

    private static RouteLane ToLane(LanePolicy lane, TargetSets sets) => new(
        lane.Name, lane.Route is { Targets.Count: > 0 } route ? sets.Resolve($"lane/{lane.Name}", route) : null,
        [.. lane.Windows.Select(window => new RouteWindow(window.Cron, CalendarPeriod.StoredZone(window.TimeZone), TimeSpan.FromMinutes(window.Minutes)))]);

    private static RouteRule ToRule(SizingRule rule)
    {
        var when = rule.When ?? new SizingCondition();
        return new RouteRule(
            rule.Name, rule.Mode != "on", when.Workloads.ToFrozenSet(), when.Teams.ToFrozenSet(), when.Models.ToFrozenSet(), when.Lanes.ToFrozenSet(),
            when.InputTokensBelow, when.WalletStatus.Select(status => PolicyNames.WalletStatus[status]).ToFrozenSet(), rule.Lane);
    }

    private static RouteLimit ToLimit(RateLimit limit) => new(
        limit.Name, PolicyNames.Scopes[limit.Scope], limit.Match, limit.RequestsPerMinute, limit.TokensPerMinute, limit.RequestsPerDay, limit.TokensPerDay,
        limit.ParallelRequests, limit.BurstPercent == 0 ? DefaultBurstPercent : limit.BurstPercent, TimeSpan.FromMilliseconds(limit.QueueMs));
}
