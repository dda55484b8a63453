namespace Platform.Routing.Limits;

/// <summary>What was used, or given out to be used, in a slot.</summary>
internal readonly record struct SlotUse(long Slot, long Used);

/// <summary>The uses that count at a moment, by slot, oldest first. Not thread-safe.</summary>
internal sealed class WindowCount
{
    private readonly CountWindow _window;
    private readonly DateTimeOffset _now;
    private readonly List<SlotUse> _uses = [];

    /// <param name="uses">By slot, ascending; those that are gone by now are forgotten.</param>
    public WindowCount(CountWindow window, IReadOnlyList<SlotUse> uses, DateTimeOffset now)
    {
        (_window, _now) = (window, now);
        foreach (var use in uses)
        {
            if (Counts(use.Slot))
            {
                _uses.Add(use);
                Used += use.Used;
            }
        }
    }

    public IReadOnlyList<SlotUse> Uses => _uses;

    public long Used { get; private set; }

    /// <summary>When nothing counts any more; now when nothing does.</summary>
    public DateTimeOffset EmptyAt => _uses.Count == 0 ? _now : _window.GoneAt(_uses[^1].Slot);

    /// <summary>Adds to a slot, or takes out of it at most what is in it. A slot that is gone counts no more, whatever is said of it.</summary>
    /// <returns>What was added; below 0 for what was taken out.</returns>
    public long Add(long slot, long amount)
    {
        if (amount == 0 || !Counts(slot))
        {
            return 0;
        }

        var at = _uses.Count;
        while (at > 0 && _uses[at - 1].Slot >= slot)
        {
            at--;
        }

        var found = at < _uses.Count && _uses[at].Slot == slot;
        var before = found ? _uses[at].Used : 0;
        var after = Math.Max(0, before + amount);
        if (!found && after > 0)
        {
            _uses.Insert(at, new SlotUse(slot, after));
        }
        else if (found && after == 0)
        {
            _uses.RemoveAt(at);
        }
        else if (found)
        {
            _uses[at] = new SlotUse(slot, after);
        }

        Used += after - before;
        return after - before;
    }

    /// <summary>When so much will fit under the limit if nothing else is used and nothing comes back; null: never.</summary>
    public DateTimeOffset? FitsAt(long amount, long limit)
    {
        var used = Used;
        if (used + amount <= limit)
        {
            return _now;
        }

        foreach (var use in _uses)
        {
            used -= use.Used;
            if (used + amount <= limit)
            {
                return _window.GoneAt(use.Slot);
            }
        }

        return null;
    }

    private bool Counts(long slot) => _window.GoneAt(slot) > _now;
}
