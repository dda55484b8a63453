namespace Platform.Routing.Limits;

/// <summary>A change of what is counted in a slot.</summary>
internal readonly record struct SlotDelta(long Slot, long Amount);

/// <summary>A count as the database has it.</summary>
/// <param name="Uses">By slot, ascending.</param>
/// <param name="Debt">Kept only where less than the limit may come at once.</param>
internal sealed record CountState(IReadOnlyList<SlotUse> Uses, BurstDebt Debt)
{
    public static readonly CountState Empty = new([], default);

    /// <summary>Who collects what comes free; null: nobody.</summary>
    public CountTurn? Turn { get; init; }
}

/// <summary>A call that waits at the head of its replica's queue, and collects meanwhile.</summary>
/// <param name="Since">When it began to wait, by the database's clock as its replica knows it.</param>
/// <param name="Missing">What it lacks.</param>
internal sealed record CountWait(DateTimeOffset Since, long Missing);

/// <summary>Whose call has waited longest of those that are heard of.</summary>
/// <param name="Missing">What it lacks still.</param>
internal sealed record CountTurn(Guid Replica, DateTimeOffset Since, long Missing, DateTimeOffset HeardAt)
{
    /// <summary>A replica asks ten times a second for a call that waits. One that has been silent for so long is gone, or no call of it waits.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);
}

/// <summary>What a replica tells of a count and wants of it.</summary>
/// <param name="Deltas">
/// What has become of its slices since it told last: used, returned, corrected. What is moved from a slice's slot to that of the use is two deltas.
/// </param>
/// <param name="Need">What calls wait for.</param>
/// <param name="Ahead">What it would like beside, for calls to come.</param>
/// <param name="Held">What it has undrawn.</param>
/// <param name="Wait">Of its first call that waits; null: the first waits for this answer alone, or none does.</param>
internal sealed record CountAsk(GaugeSpec Spec, Guid Replica, IReadOnlyList<SlotDelta> Deltas, long Need, long Ahead, long Held, CountWait? Wait = null);

/// <summary>A slice, and how the count stands.</summary>
/// <param name="Granted">May be drawn for <paramref name="Life"/> from before the asking; 0 or more.</param>
/// <param name="Slot">Where it is counted until it is said to be used or returned: that of the last moment at which it may be drawn.</param>
/// <param name="Remaining">Of the limit, given out to nobody.</param>
/// <param name="RetryAfter">When what is missing of the need will be free at the latest; zero when nothing is missing.</param>
/// <param name="ResetAfter">When nothing will count any more, if nothing more is used.</param>
internal sealed record CountAnswer(long Granted, long Slot, TimeSpan Life, long Remaining, TimeSpan RetryAfter, TimeSpan ResetAfter)
{
    /// <summary>How the count stood where it had less than was asked for; null where it had all, or where another replica's call collects, which nobody knows the end of.</summary>
    public ShortCount? Short { get; init; }

    /// <summary>Another replica's call has waited longer: what this one's has collected is that one's to collect.</summary>
    public bool IsOthersTurn { get; init; }
}

/// <summary>A count of which not all that was asked for could be given.</summary>
/// <param name="At">By the database's clock.</param>
internal sealed record ShortCount(CountState State, DateTimeOffset At);

/// <summary>Decides how much of a limit a replica gets. Pure: under the row's lock, by the database's clock.</summary>
internal static class CountDecision
{
    /// <summary>Of what nobody waits for, a replica has at most one part in so many ahead of demand, so that little lies idle with it while others need it.</summary>
    private const int AheadShare = 8;

    /// <summary>How long another replica's call collects, nobody knows.</summary>
    private static readonly TimeSpan OthersTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FarLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MiddleLife = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan NearLife = TimeSpan.FromSeconds(1);

    public static (CountState State, CountAnswer Answer) Decide(CountState state, CountAsk ask, DateTimeOffset now)
    {
        var (spec, window) = (ask.Spec, ask.Spec.Window);
        var count = new WindowCount(window, state.Uses, now);
        var (changed, oldest) = (0L, now);
        foreach (var delta in ask.Deltas)
        {
            changed += count.Add(delta.Slot, delta.Amount);
            oldest = delta.Amount < 0 && window.BeginOf(delta.Slot) is var begin && begin < oldest ? begin : oldest;
        }

        var isPaced = spec.BurstPercent < 100;
        var debt = isPaced ? Correct(state.Debt.RefilledAt(spec.Limit, now), changed, now - oldest + NearLife, spec.Limit) : default;
        var free = Math.Max(0, Math.Min(spec.Limit - count.Used, isPaced ? debt.Free(spec.Burst) : long.MaxValue));
        var (other, isOthersTurn) = LookAtTurn(state.Turn, ask, now);
        var needed = isOthersTurn ? NeededBehind(ask, free - other!.Missing) : Math.Min(ask.Need, free);
        var share = ((Math.Max(0, free - needed - (other?.Missing ?? 0)) + ask.Held) / AheadShare) - ask.Held;
        var granted = needed + (isOthersTurn ? 0 : Math.Clamp(ask.Ahead, 0, Math.Max(0, share)));
        var life = window.LifeFrom(now, isPaced ? NearLife : LifeFor(count.Used + granted, spec.Limit));
        var slot = window.Slots == 0 ? window.SlotOf(now) : window.SlotOf(now + life);
        count.Add(slot, granted);
        debt = isPaced ? debt.Add(granted) : default;
        var after = new CountState(count.Uses, debt)
        {
            Turn = !isOthersTurn && ask.Wait is { } mine && mine.Missing > needed ? new CountTurn(ask.Replica, mine.Since, mine.Missing - needed, now) : other,
        };
        var stood = !isOthersTurn && needed < ask.Need ? new ShortCount(after, now) : null;
        return (
            after,
            new CountAnswer(
                granted, slot, life, Math.Max(0, spec.Limit - count.Used),
                stood is not null ? Wait(stood, spec, ask.Need - needed) : needed < ask.Need ? OthersTime : TimeSpan.Zero, count.EmptyAt - now)
            {
                Short = stood,
                IsOthersTurn = isOthersTurn && needed == 0,
            });
    }

    /// <summary>What is used of the limit, what is undrawn with who asks included, and what may be given now.</summary>
    public static (long Used, long Free) Look(CountState state, CountAsk ask, DateTimeOffset now)
    {
        var (after, answer) = Decide(state, ask with { Need = 0, Ahead = 0, Wait = null }, now);
        return (new WindowCount(ask.Spec.Window, after.Uses, now).Used, Math.Min(answer.Remaining, ask.Spec.BurstPercent < 100 ? after.Debt.Free(ask.Spec.Burst) : long.MaxValue));
    }

    /// <summary>When so much more than was given will be free at the latest, counted from when the count stood so.</summary>
    public static TimeSpan Wait(ShortCount stood, GaugeSpec spec, long missing)
    {
        if (missing <= 0)
        {
            return TimeSpan.Zero;
        }

        var (amount, count) = (Math.Min(missing, spec.Burst), new WindowCount(spec.Window, stood.State.Uses, stood.At));
        var window = (count.FitsAt(amount, spec.Limit) ?? count.EmptyAt) - stood.At;
        var pace = spec.BurstPercent < 100 ? stood.State.Debt.Until(amount, spec.Burst, spec.Limit) : TimeSpan.Zero;
        return window > pace ? window : pace;
    }

    /// <summary>Another replica's turn that still counts, and whether its call has waited longer than that of who asks.</summary>
    private static (CountTurn? Other, bool IsTheirs) LookAtTurn(CountTurn? kept, CountAsk ask, DateTimeOffset now)
    {
        var other = kept is not null && kept.Replica != ask.Replica && now - kept.HeardAt < CountTurn.Silence ? kept : null;
        return (other, other is not null && ask.Wait is { } wait && (other.Since, other.Replica).CompareTo((wait.Since, ask.Replica)) < 0);
    }

    /// <summary>
    /// Two calls that each collect a part of what is scarce may both wait in vain, so only the one that has waited longest collects. Another is served whole, from what that one leaves, or not yet.
    /// </summary>
    /// <param name="left">Below 0: what is free does not even do for that one.</param>
    private static long NeededBehind(CountAsk ask, long left) => left >= ask.Wait!.Missing ? Math.Min(ask.Need, left) : 0;

    /// <summary>What comes back late has cost flow that an unpaid bucket would not have taken: that much of it is lost.</summary>
    private static BurstDebt Correct(BurstDebt debt, long changed, TimeSpan age, long limit) =>
        debt.Add(changed >= 0 ? changed : Math.Min(0, changed + (long)Math.Ceiling(limit * age.TotalMinutes)));

    /// <summary>
    /// Far from the limit a slice may lie for long; near it, what is not used must soon be there for others. What is paced lies for a second at most, so that no
    /// more than a second's flow comes on top of a burst.
    /// </summary>
    private static TimeSpan LifeFor(long used, long limit) => used <= limit / 2 ? FarLife : used <= limit / 5 * 4 ? MiddleLife : NearLife;
}
