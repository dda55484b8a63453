using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Checks;

/// <summary>What a document's parts may refer to.</summary>
internal sealed record PolicyEntries(
    IReadOnlyDictionary<string, ProviderKind> Providers, IReadOnlySet<string> Targets, IReadOnlySet<string> Models, IReadOnlyDictionary<string, string> Aliases,
    IReadOnlySet<string> Lanes, IReadOnlySet<string> WaitingLanes)
{
    public IReadOnlySet<string> ProviderNames { get; } = Providers.Keys.ToHashSet();

    public static PolicyEntries Of(RoutePolicy policy) => new(
        policy.Providers.GroupBy(provider => provider.Name).ToDictionary(
            group => group.Key, group => PolicyNames.Kinds.GetValueOrDefault(group.First().Kind, ProviderKind.OpenAi)),
        policy.Targets.Select(PolicyCompiler.NameOf).ToHashSet(),
        policy.Models.Select(model => model.Name).ToHashSet(),
        policy.Models.SelectMany(model => model.Aliases.Select(alias => (alias, model.Name))).GroupBy(pair => pair.alias).ToDictionary(group => group.Key, group => group.First().Name),
        policy.Lanes.Select(lane => lane.Name).ToHashSet(),
        policy.Lanes.Where(lane => lane.Windows.Count > 0).Select(lane => lane.Name).ToHashSet());
}
