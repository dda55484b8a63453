using Platform.Routing.Policies;

namespace Platform.Routing.Health;

/// <summary>
/// The accesses to a target that its provider refuses, each with a breaker of its own: that a key is refused says nothing of another one, and a route that a provider does not have nothing of its
/// others. Empty while all is well; a key that is put right is another access. Not for several threads.
/// </summary>
internal sealed class RefusedAccesses(BreakerOptions options)
{
    /// <summary>More than a policy has keys: what is left are keys that nobody uses any more.</summary>
    private const int MostKept = 10_000;

    private readonly Dictionary<(string Secret, ShapeKinds Shape), (CircuitBreaker Breaker, bool IsTeams)> _refused = [];

    public BreakerPass Peek(in TargetAccess access, TimeSpan now) => Find(access)?.Peek(now) ?? BreakerPass.Normal;

    public BreakerPass TryPass(in TargetAccess access, TimeSpan now) => Find(access)?.TryPass(now) ?? BreakerPass.Normal;

    /// <summary>The access's breaker; without a key that of the provider's own which is left alone longest. Null: none is refused.</summary>
    public CircuitBreaker? Find(in TargetAccess access)
    {
        if (_refused.Count == 0)
        {
            return null;
        }

        return access.Key is { } key ? _refused.GetValueOrDefault((key.Secret, access.Shape)).Breaker
            : _refused.Values.Where(one => !one.IsTeams).Select(one => one.Breaker).MaxBy(breaker => breaker.OpenUntil);
    }

    public void Succeeded(in TargetPass pass, TimeSpan now)
    {
        if (Find(pass.Access) is { } breaker)
        {
            breaker.Succeeded(pass.OfAccess, now);
            if (breaker.StateAt(now) == BreakerState.Closed)
            {
                _refused.Remove(KeyOf(pass.Access));
            }
        }
    }

    /// <param name="isFinal">One such refusal is enough: time does not mend it.</param>
    /// <returns>True when this opened the access's breaker.</returns>
    public bool Refused(in TargetPass pass, TimeSpan now, bool isFinal)
    {
        if (pass.Access.Key is null)
        {
            return false;
        }

        if (Find(pass.Access) is not { } breaker)
        {
            if (_refused.Count >= MostKept)
            {
                _refused.Clear();
            }

            breaker = new CircuitBreaker(options);
            _refused[KeyOf(pass.Access)] = (breaker, pass.Access.IsTeams);
        }

        return isFinal ? breaker.Trip(pass.OfAccess, now) : breaker.Failed(pass.OfAccess, now);
    }

    /// <summary>The attempt's end says nothing of the access.</summary>
    public void Neither(in TargetPass pass) => Find(pass.Access)?.Neither(pass.OfAccess);

    /// <summary>The provider has answered to its own key.</summary>
    public void EndCoolDowns(TimeSpan now)
    {
        foreach (var (breaker, isTeams) in _refused.Values)
        {
            if (!isTeams)
            {
                breaker.EndCoolDown(now);
            }
        }
    }

    private static (string Secret, ShapeKinds Shape) KeyOf(in TargetAccess access) => (access.Key!.Secret, access.Shape);
}
