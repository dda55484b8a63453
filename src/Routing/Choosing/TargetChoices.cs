using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Policies;

namespace Platform.Routing.Choosing;

/// <summary>
/// Where the attempts of one call go, one after another: by the strategy of its target set, among those that are well; those that rest only when no other is left;
/// those that are left alone never. For one thread.
/// </summary>
internal sealed class TargetChoices(Call call, ArraySegment<TargetOption> options, Random random)
{
    private Candidate[]? _candidates;
    private TargetOption? _primary;
    private bool _skips;

    /// <summary>The first that could serve the call, well or not.</summary>
    public TargetOption First => options[0];

    /// <summary>True when a target is left that the call has not been to and that may be tried.</summary>
    public bool HasNext
    {
        get
        {
            foreach (var option in options)
            {
                if (!option.IsUsed && option.State.Look(option.Access).Availability != Availability.Open)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Leaves out targets that the call has been to already, elsewhere. Before the first choice.</summary>
    public void Skip(IReadOnlyList<string> targets)
    {
        if (targets.Count == 0)
        {
            return;
        }

        _skips = true;
        _primary = options.Count == 1 ? options[0] : Pick(_candidates ??= new Candidate[options.Count], worst: Availability.Open);
        foreach (var option in options)
        {
            option.IsUsed |= targets.Contains(option.Target.Name);
        }
    }

    /// <summary>Chooses the next target and enters it; false when none is left that may be tried.</summary>
    /// <param name="after">How the attempt before failed, and where; null for a call's first.</param>
    public bool TryNext((TargetOption Option, string Reason)? after, out TargetSelection selection)
    {
        while (Choose() is { } chosen)
        {
            chosen.IsUsed = true;
            if (chosen.State.TryEnter(chosen.Access) is { IsRefused: false } pass)
            {
                selection = new TargetSelection(chosen, pass, chosen == _primary ? null : _primary, ReasonFor(chosen, after));
                return true;
            }
        }

        selection = default;
        return false;
    }

    /// <summary>Enters the same target again; false when it is left alone by now.</summary>
    public static bool TryAgain(in TargetSelection before, string failure, out TargetSelection selection)
    {
        var pass = before.Option.State.TryEnter(before.Option.Access);
        selection = before with { Pass = pass, Reason = $"retry: it {failure}" };
        return !pass.IsRefused;
    }

    /// <summary>Null when none is left.</summary>
    private TargetOption? Choose()
    {
        if (options.Count == 1)
        {
            // Whether it may be tried, entering it says.
            _primary = options[0];
            return options[0].IsUsed ? null : options[0];
        }

        var candidates = _candidates ??= new Candidate[options.Count];
        if (_primary is null)
        {
            // What the strategy wants before it looks at who is well; mostly that is what it gets.
            var wanted = Pick(candidates, worst: Availability.Open)!;
            _primary = wanted;
            if (wanted.State.Look(wanted.Access).Availability == Availability.Available)
            {
                return wanted;
            }
        }

        return Pick(candidates, Availability.Available) ?? Pick(candidates, Availability.Resting);
    }

    /// <summary>Of the targets that were not used and are no worse than this.</summary>
    private TargetOption? Pick(Candidate[] candidates, Availability worst)
    {
        var count = 0;
        foreach (var option in options)
        {
            var state = option.State.Look(option.Access);
            if (!option.IsUsed && state.Availability <= worst)
            {
                candidates[count++] = new Candidate(option, option.Weight, CostOf(option), state.FirstTokenMs, state.OpenAttempts);
            }
        }

        return count == 0 ? null : candidates[TargetStrategies.Of(call.Route.Strategy).Pick(candidates.AsSpan(0, count), random)].Option;
    }

    private long CostOf(TargetOption option) =>
        call.Route.Strategy == Strategy.LowestCost ? CallEstimate.Nanos(call.Request, option.Target, option.Price) : 0;

    private string ReasonFor(TargetOption chosen, (TargetOption Option, string Reason)? after)
    {
        var reason = after is { } failed ? $"fallback: {failed.Option.Target.Name} {failed.Reason}"
            : chosen != _primary && _skips ? $"fallback: {_primary!.Target.Name} was tried before"
            : chosen != _primary ? $"fallback: {_primary!.Target.Name} is left alone for a while"
            : options.Count == 1 ? "only target"
            : call.Route.Strategy switch
            {
                Strategy.Ordered => "first in order",
                Strategy.Weighted => "by weight",
                Strategy.LowestCost => "lowest cost",
                Strategy.LowestLatency => "lowest latency",
                Strategy.LeastLoaded => "least loaded",
            };
        return call.LaneReason.Length == 0 ? reason : call.LaneReason + reason;
    }
}
