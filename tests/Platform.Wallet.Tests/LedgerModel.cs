namespace Platform.Wallet.Tests;

/// <summary>One wallet as plain arithmetic, written apart from the service: what random operations are compared with.</summary>
internal sealed class LedgerModel
{
    private readonly Dictionary<int, Reservation> _holds = [];
    private long _available;
    private long _spent;
    private long _overage;
    private long _credited;
    private long _now;

    public override string ToString()
    {
        var suspense = _holds.Values.Where(hold => hold.State == "suspended").Sum(hold => hold.Left);
        return $"{_available}/{_holds.Values.Sum(hold => hold.Left) - suspense}/{suspense}/{_spent} over {_overage} of {_credited}";
    }

    public void Allocate(long amount)
    {
        _credited += amount;
        _available += amount;
        Repay(amount);
    }

    /// <summary>A slot stands for one attempt id; one that was refused or ended stays so.</summary>
    public void Hold(int slot, long bound)
    {
        if (_holds.ContainsKey(slot))
        {
            return;
        }

        var affordable = bound <= _available;
        _holds[slot] = new Reservation { State = affordable ? "pending" : "none", Left = affordable ? bound : 0, Since = _now };
        _available -= _holds[slot].Left;
    }

    public void MarkSent(int slot)
    {
        if (Find(slot, "pending") is { } hold)
        {
            hold.State = "sent";
            hold.Since = _now;
        }
    }

    public void Report(int slot, long cost)
    {
        if (Find(slot, "pending", "sent", "suspended") is not { Reported: false } hold)
        {
            return;
        }

        hold.Reported = true;
        hold.State = hold.State == "suspended" ? "suspended" : "reported";
        _available += hold.Left - Math.Min(hold.Left, cost);
        hold.Left = Math.Min(hold.Left, cost);
    }

    public void Release(int slot)
    {
        if (!_holds.TryGetValue(slot, out var known) || known.State == "none")
        {
            // An unknown id is remembered as released; a refused one is unknown to holds as well.
            _holds[slot] = new Reservation { State = "released" };
        }
        else if (Find(slot, "pending", "sent", "suspended") is { Reported: false } hold)
        {
            _available += hold.Left;
            hold.End("released");
        }
    }

    public void Suspend(int slot)
    {
        if (Find(slot, "pending", "sent", "reported") is { } hold)
        {
            hold.State = "suspended";
        }
    }

    public void PostLeased(int slot, long cost)
    {
        var hold = _holds.GetValueOrDefault(slot);
        if (hold?.State is "pending" or "sent" or "reported" or "suspended")
        {
            Spend(hold, cost);
        }
        else
        {
            Debit(cost);
        }
    }

    public void Debit(long cost)
    {
        var covered = Math.Min(cost, _available);
        _available -= covered;
        _overage += cost - covered;
        _spent += cost;
    }

    public bool CanRefund(long amount) => _spent >= amount;

    public void Refund(long amount)
    {
        _spent -= amount;
        _available += amount;
        Repay(amount);
    }

    public void Pass(long seconds)
    {
        _now += seconds;
        foreach (var hold in _holds.Values)
        {
            if (hold.State == "pending" && hold.Since + 600 <= _now)
            {
                _available += hold.Left;
                hold.End("expired");
            }
            else if (hold.State == "sent" && hold.Since + 900 <= _now)
            {
                hold.State = "suspended";
            }
        }
    }

    private void Spend(Reservation hold, long cost)
    {
        _available += hold.Left - Math.Min(hold.Left, cost);
        _overage += cost - Math.Min(hold.Left, cost);
        _spent += cost;
        hold.End("posted");
    }

    private void Repay(long atMost)
    {
        var amount = Math.Min(_overage, atMost);
        _overage -= amount;
        _available -= amount;
    }

    private Reservation? Find(int slot, params string[] states) =>
        _holds.TryGetValue(slot, out var hold) && states.Contains(hold.State) ? hold : null;

    private sealed class Reservation
    {
        public string State { get; set; } = "";

        public long Left { get; set; }

        public long Since { get; set; }

        public bool Reported { get; set; }

        public void End(string state)
        {
            State = state;
            Left = 0;
        }
    }
}
