using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Platform.Routing.Policies;

namespace Platform.Routing.Health;

/// <summary>How every target and provider stands in this replica, by name: what is known outlives versions of the policy.</summary>
internal sealed class TargetBoard(IOptions<BreakerOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Target, string Provider), TargetState> _targets = new();
    private readonly ConcurrentDictionary<string, ProviderState> _providers = new(StringComparer.Ordinal);

    public TargetState Of(RouteTarget target) => _targets.TryGetValue((target.Name, target.Provider.Name), out var state)
        ? state
        : _targets.GetOrAdd((target.Name, target.Provider.Name), key => new TargetState(options.Value, Of(key.Provider), time));

    /// <summary>Every target that calls have been sent to, or might have been.</summary>
    public IEnumerable<(string Target, TargetState State)> All() => _targets.Select(pair => (pair.Key.Target, pair.Value));

    public ProviderState Of(RouteProvider provider) => Of(provider.Name);

    /// <summary>The provider has answered a probe: open breakers of its targets need not wait for their cool-downs.</summary>
    public void ProbeAnswered(RouteProvider provider)
    {
        var state = Of(provider.Name);
        state.Heard();
        foreach (var target in _targets.Values.Where(target => target.Provider == state))
        {
            target.MayBeWell();
        }
    }

    private ProviderState Of(string provider) => _providers.GetOrAdd(provider, _ => new ProviderState(time));
}
