namespace Platform.Wallet.Tests;

/// <summary>
/// One wallet with leases of two holders as plain arithmetic, written apart from the service: what random calls, sensible or not, are compared with. Each method
/// answers the reason of the refusal, or null.
/// </summary>
internal sealed class LeaseModel
{
    public const string Invalid = "LEASE_TOTALS_INVALID";
    public const string Gone = "LEASE_ENDED";
    public const string Unknown = "LEASE_NOT_FOUND";

    private readonly Dictionary<int, Slice> _slices = [];
    private readonly Dictionary<int, Draw> _draws = [];
    private readonly HashSet<int> _posted = [];
    private long _available;
    private long _spent;
    private long _overage;
    private long _credited;
    private long _now;

    public override string ToString()
    {
        var held = _slices.Values.Where(slice => slice.State != "suspended").Sum(slice => slice.Left);
        var suspense = _slices.Values.Where(slice => slice.State == "suspended").Sum(slice => slice.Left) + _draws.Values.Sum(draw => draw.Left);
        return $"{_available}/{held}/{suspense}/{_spent} over {_overage} of {_credited}";
    }

    public string Line(int slot) => _slices.TryGetValue(slot, out var slice)
        ? $"{slice.State} {slice.Granted}-{slice.Returned}-{slice.Posted}-{slice.Suspended}-{slice.Released} {slice.Drawn}/{slice.Open}"
        : "none";

    public (long Granted, long Returned, long Drawn, long Open) Totals(int slot) =>
        _slices.TryGetValue(slot, out var slice) ? (slice.Granted, slice.Returned, slice.Drawn, slice.Open) : default;

    public void Allocate(long amount)
    {
        _credited += amount;
        Receive(amount);
    }

    /// <summary>Slots of the same parity belong to the same holder.</summary>
    public string Acquire(int slot, long wanted, long bound, long known, long drawn, long open)
    {
        var isNew = !_slices.TryGetValue(slot, out var slice);
        if (isNew && (known != 0 || drawn != 0 || open != 0))
        {
            return Invalid;
        }

        if (!isNew && slice!.State != "open")
        {
            return "Ended";
        }

        var mine = _slices.Where(entry => entry.Value.State == "open" && entry.Key % 2 == slot % 2).ToList();
        if (isNew && mine.Count > 0)
        {
            mine[0].Value.Deadline = Math.Max(mine[0].Value.Deadline, _now + 50);
            return "Unchanged";
        }

        slice ??= new Slice();
        if (!isNew && known != slice.Granted)
        {
            slice.Deadline = Math.Max(slice.Deadline, _now + 50);
            return "Unchanged";
        }

        if (drawn < slice.Drawn || open < 0 || slice.Returned + drawn + open > slice.Granted)
        {
            return Invalid;
        }

        var left = slice.Granted - slice.Returned - drawn - open;
        if (!isNew)
        {
            (slice.Drawn, slice.Open, slice.Deadline) = (drawn, open, Math.Max(slice.Deadline, _now + 50));
        }

        if (left >= wanted)
        {
            return "Unchanged";
        }

        var others = _slices.Where(entry => entry.Value.State == "open" && entry.Key % 2 != slot % 2).Select(entry => entry.Value).ToList();
        var elsewhere = others.Sum(other => other.Granted - other.Returned - other.Drawn - other.Open);
        var holders = others.Count > 0 ? 2 : 1;
        if (_available < 20 * bound || _available + left + elsewhere < 20 * bound * holders)
        {
            others.ForEach(other => other.State = elsewhere > 0 ? "recalled" : other.State);
            return "UseHolds";
        }

        var grant = Math.Max(20 * bound, Math.Min(wanted - left, _available / 2 / holders));
        slice.Granted += grant;
        slice.Deadline = Math.Max(slice.Deadline, _now + 50);
        _available -= grant;
        _slices[slot] = slice;
        return "Granted";
    }

    public string? Report(int slot, long returned, long drawn, long open, bool retired)
    {
        if (!_slices.TryGetValue(slot, out var slice))
        {
            return Unknown;
        }

        if (slice.State is "closed" or "ended" || slice.Final)
        {
            return Gone;
        }

        var all = slice.Granted - drawn - open;
        if (returned < 0 || open < 0 || drawn < slice.Drawn || returned > all)
        {
            return Invalid;
        }

        returned = retired || slice.State == "retired" ? all : returned;
        if (returned < slice.Returned || returned - slice.Returned > slice.Left)
        {
            return Invalid;
        }

        Receive(returned - slice.Returned);
        (slice.Returned, slice.Drawn, slice.Open) = (returned, drawn, open);
        if (slice.State != "suspended")
        {
            slice.State = retired ? "retired" : slice.State;
            slice.Deadline = Math.Max(slice.Deadline, _now + 50);
        }

        slice.EndIfEmpty();
        return null;
    }

    public string? Suspend(int slot, int attempt, long amount)
    {
        if (!_slices.TryGetValue(slot, out var slice))
        {
            return Unknown;
        }

        if (_draws.TryGetValue(attempt, out var known))
        {
            return known.Slot == slot ? null : "ATTEMPT_EXISTS";
        }

        if (_posted.Contains(attempt))
        {
            return null;
        }

        if (slice.State == "ended")
        {
            return Gone;
        }

        if (amount > slice.Left)
        {
            return Invalid;
        }

        slice.Suspended += amount;
        _draws[attempt] = new Draw { Slot = slot, Left = amount };
        slice.EndIfEmpty();
        return null;
    }

    public string? Close(int slot, long drawn, bool incomplete)
    {
        if (!_slices.TryGetValue(slot, out var slice))
        {
            return Unknown;
        }

        if (slice.State == "ended")
        {
            return null;
        }

        if (slice.Final)
        {
            return incomplete || slice.Incomplete || drawn == slice.Drawn ? null : Invalid;
        }

        if (incomplete)
        {
            if (drawn < 0)
            {
                return Invalid;
            }

            slice.Drawn = Math.Min(slice.Granted - slice.Returned, Math.Max(drawn, Math.Max(slice.Drawn, slice.Posted + slice.Suspended)));
            (slice.State, slice.Open, slice.Final, slice.Incomplete) = ("suspended", 0, true, true);
        }
        else
        {
            if (drawn < slice.Drawn || drawn < slice.Posted + slice.Suspended || drawn > slice.Granted - slice.Returned)
            {
                return Invalid;
            }

            Receive(slice.Granted - drawn - slice.Returned);
            (slice.Returned, slice.Drawn, slice.Open) = (slice.Granted - drawn, drawn, 0);
            (slice.State, slice.Final, slice.Deadline) = ("closed", true, _now + 86_400);
        }

        slice.EndIfEmpty();
        return null;
    }

    public void Post(int attempt, int slot, long cost, long bound)
    {
        _posted.Add(attempt);
        _spent += cost;
        if (_draws.TryGetValue(attempt, out var draw))
        {
            if (draw.Left > 0)
            {
                Receive(draw.Left - Math.Min(draw.Left, cost));
                _overage += cost - Math.Min(draw.Left, cost);
                draw.Left = 0;
                return;
            }
        }
        else if (_slices.TryGetValue(slot, out var slice) && slice.State != "ended")
        {
            var within = Math.Min(cost, bound);
            var covered = Math.Min(within, slice.Left);
            slice.Posted += covered;
            var rest = Math.Min(within - covered, _available);
            _available -= rest;
            _overage += cost - covered - rest;
            slice.EndIfEmpty();
            return;
        }

        var paid = Math.Min(cost, _available);
        _available -= paid;
        _overage += cost - paid;
    }

    public string? ReleaseLease(int slot)
    {
        if (!_slices.TryGetValue(slot, out var slice))
        {
            return Unknown;
        }

        if (slice.State == "suspended")
        {
            Receive(slice.Left);
            slice.Released += slice.Left;
            slice.EndIfEmpty();
            return null;
        }

        return slice is { State: "ended", Released: > 0 } ? null : Gone;
    }

    public string? ReleaseAttempt(int attempt)
    {
        if (!_draws.TryGetValue(attempt, out var draw))
        {
            return "HOLD_NOT_FOUND";
        }

        if (draw.Left == 0)
        {
            return draw.Released ? null : "HOLD_ENDED";
        }

        Receive(draw.Left);
        (draw.Left, draw.Released) = (0, true);
        return null;
    }

    public void Pass(long seconds)
    {
        _now += seconds;
        foreach (var slice in _slices.Values.Where(slice => slice.State is not ("suspended" or "ended") && slice.Deadline <= _now))
        {
            slice.State = "suspended";
            slice.EndIfEmpty();
        }
    }

    public void Recall()
    {
        foreach (var slice in _slices.Values.Where(slice => slice.State == "open"))
        {
            slice.State = "recalled";
        }
    }

    /// <summary>What comes in, or comes back, repays the overage first.</summary>
    private void Receive(long amount)
    {
        var repaid = Math.Min(_overage, amount);
        _overage -= repaid;
        _available += amount - repaid;
    }

    private sealed class Slice
    {
        public string State { get; set; } = "open";

        public long Granted { get; set; }

        public long Returned { get; set; }

        public long Posted { get; set; }

        public long Suspended { get; set; }

        public long Released { get; set; }

        public long Drawn { get; set; }

        public long Open { get; set; }

        public bool Final { get; set; }

        public bool Incomplete { get; set; }

        public long Deadline { get; set; }

        public long Left => Granted - Returned - Posted - Suspended - Released;

        public void EndIfEmpty()
        {
            if (Left == 0 && State is "closed" or "suspended")
            {
                State = "ended";
                Open = 0;
            }
        }
    }

    private sealed class Draw
    {
        public int Slot { get; init; }

        public long Left { get; set; }

        public bool Released { get; set; }
    }
}
