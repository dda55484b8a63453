namespace Platform.Wallet.Tests;

/// <summary>What a team's wallet does with a call that it cannot cover.</summary>
internal sealed record ModelPolicy(bool Observe, bool Overflow);

/// <summary>
/// The organisation's wallet and two teams' as plain arithmetic, written apart from the service: what random operations are compared with.
/// </summary>
internal sealed class LedgerModel
{
    /// <summary>What the organisation and each team begin with.</summary>
    public const long Opening = 100;

    private readonly Dictionary<int, Reservation> _holds = [];
    private readonly Purse _organisation = new(new ModelPolicy(false, false)) { Available = Opening };
    private readonly Purse[] _teams;
    private long _now;

    public LedgerModel(params ModelPolicy[] teams)
    {
        _teams = Array.ConvertAll(teams, policy => new Purse(policy));
        Array.ForEach(_teams, team => Credit(team, Opening));
    }

    public override string ToString() =>
        string.Join(" | ", _teams.Select(Line).Append(Line(_organisation)));

    /// <summary>The organisation is credited and passes it on, if it has it after repaying its overage.</summary>
    public void Fund(int team, long amount)
    {
        Credit(_organisation, amount);
        if (_organisation.Available >= amount)
        {
            _organisation.Available -= amount;
            Credit(_teams[team], amount);
        }
    }

    /// <summary>A slot stands for one attempt id; one that was refused or ended stays so.</summary>
    public void Hold(int slot, int team, long bound)
    {
        if (_holds.ContainsKey(slot))
        {
            return;
        }

        var own = _teams[team];
        var payer = own.Available >= bound ? own
            : own.Policy.Overflow && _organisation.Available >= bound ? _organisation
            : own.Policy.Observe ? own : null;
        var left = payer is null ? 0 : Math.Min(bound, payer.Available);
        _holds[slot] = new Reservation { Payer = payer, State = payer is null ? "none" : "pending", Left = left, Since = _now };
        if (payer is not null)
        {
            payer.Available -= left;
        }
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
        Credit(hold.Payer!, hold.Left - Math.Min(hold.Left, cost));
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
            Credit(hold.Payer!, hold.Left);
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

    public void PostLeased(int slot, int team, long cost)
    {
        if (Find(slot, "pending", "sent", "reported", "suspended") is { } hold)
        {
            Spend(hold, cost);
        }
        else
        {
            // Where its hold stood, if it ever had one.
            Debit(_holds.GetValueOrDefault(slot)?.Payer ?? _teams[team], cost);
        }
    }

    public void Debit(int team, long cost) => Debit(_teams[team], cost);

    public bool CanRefund(int team, long amount) => _teams[team].Spent >= amount;

    public void Refund(int team, long amount)
    {
        var purse = _teams[team];
        purse.Spent -= amount;
        Credit(purse, amount);
    }

    public void Pass(long seconds)
    {
        _now += seconds;
        foreach (var hold in _holds.Values)
        {
            if (hold.State == "pending" && hold.Since + 600 <= _now)
            {
                Credit(hold.Payer!, hold.Left);
                hold.End("expired");
            }
            else if (hold.State == "sent" && hold.Since + 900 <= _now)
            {
                hold.State = "suspended";
            }
        }
    }

    private string Line(Purse purse)
    {
        var mine = _holds.Values.Where(hold => hold.Payer == purse).ToList();
        var suspense = mine.Where(hold => hold.State == "suspended").Sum(hold => hold.Left);
        return $"{purse.Available}/{mine.Sum(hold => hold.Left) - suspense}/{suspense}/{purse.Spent} over {purse.Overage}";
    }

    /// <summary>What comes in, or comes back, repays the overage first.</summary>
    private static void Credit(Purse purse, long amount)
    {
        purse.Available += amount;
        Repay(purse, amount);
    }

    private static void Spend(Reservation hold, long cost)
    {
        var purse = hold.Payer!;
        Credit(purse, hold.Left - Math.Min(hold.Left, cost));
        purse.Overage += cost - Math.Min(hold.Left, cost);
        purse.Spent += cost;
        hold.End("posted");
    }

    private static void Debit(Purse purse, long cost)
    {
        var covered = Math.Min(cost, purse.Available);
        purse.Available -= covered;
        purse.Overage += cost - covered;
        purse.Spent += cost;
    }

    private static void Repay(Purse purse, long atMost)
    {
        var amount = Math.Min(purse.Overage, atMost);
        purse.Overage -= amount;
        purse.Available -= amount;
    }

    private Reservation? Find(int slot, params string[] states) =>
        _holds.TryGetValue(slot, out var hold) && states.Contains(hold.State) ? hold : null;

    private sealed class Purse(ModelPolicy policy)
    {
        public ModelPolicy Policy { get; } = policy;

        public long Available { get; set; }

        public long Spent { get; set; }

        public long Overage { get; set; }
    }

    private sealed class Reservation
    {
        public Purse? Payer { get; init; }

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
