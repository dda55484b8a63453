namespace Platform.Wallet.Tests.Funds;

/// <summary>
/// A tree of wallets as plain arithmetic with coins, written apart from the service: every unspent coin lies on the heap of its period, and each that went out knows
/// where it came from. What random operations are compared with.
/// </summary>
internal sealed class FundsModel
{
    private readonly Dictionary<string, Purse> _purses = [];
    private readonly List<Planned> _plans = [];
    private readonly HashSet<string> _returned = [];

    public FundsModel(params (string Name, string Parent)[] tree)
    {
        foreach (var (name, parent) in tree)
        {
            _purses.Add(name, new Purse { Name = name, Parent = parent, Depth = parent.Length == 0 ? 0 : _purses[parent].Depth + 1 });
        }
    }

    public override string ToString() => string.Join("; ", _purses.Values.Select(purse => purse.ToString()));

    public bool Credit(long amount)
    {
        var purse = _purses.Values.First();
        purse.Credited += amount;
        purse.Receive(amount, Money.Fresh, null);
        return true;
    }

    public bool Allocate(string to, long amount, DateTimeOffset? endsAt = null, bool returns = false, string? key = null) =>
        Move(_purses[to].Parent, to, amount, Money.Fresh, endsAt is { } end ? new Heap { EndsAt = end, Returns = returns, Key = key } : null);

    public bool Reclaim(string from, long amount) => Move(from, _purses[from].Parent, amount, Money.MovedBack, null);

    public bool Transfer(string from, string to, long amount) => Move(from, to, amount, Money.Fresh, null);

    /// <summary>Takes back a movement that was made before: its heap goes, or as much of the money without an end as it brought of that.</summary>
    public bool Correct(string from, string to, long amount, string? key)
    {
        if (_purses[to].Available < amount)
        {
            return false;
        }

        return Move(to, from, amount, Money.MovedBack, null, fromItsHeap: _purses[from].Parent == to ? null : _purses[to].Forget(key, amount));
    }

    /// <summary>Whether some of what a movement brought went back at its end: it is not taken back again.</summary>
    public bool HasReturned(string key) => _returned.Contains(key);

    public bool Hold(string name, long amount)
    {
        var purse = _purses[name];
        if (purse.Held > 0 || purse.Available < amount)
        {
            return false;
        }

        purse.Available -= amount;
        purse.Held = amount;
        return true;
    }

    public void Release(string name)
    {
        var purse = _purses[name];
        purse.Available += purse.Held;
        purse.Repay(purse.Held);
        purse.Held = 0;
    }

    public void Spend(string name, long cost)
    {
        var purse = _purses[name];
        var covered = Math.Min(cost, purse.Available);
        purse.Spent += cost;
        purse.Overage += cost - covered;
        purse.Available -= covered;
        purse.Take(covered);
    }

    public bool CanRefund(string name, long amount) => _purses[name].Spent >= amount;

    public void Refund(string name, long amount)
    {
        _purses[name].Spent -= amount;
        _purses[name].Receive(amount, Money.Refunded, null);
    }

    public void Plan(string to, long amount, DateTimeOffset dueAt, DateTimeOffset? endsAt, bool returns) =>
        _plans.Add(new Planned(to, amount, dueAt, endsAt, returns));

    /// <summary>The calendar: what ends before what begins at one moment; ends from the leaves up, beginnings from the root down.</summary>
    public void Pass(DateTimeOffset now)
    {
        while (true)
        {
            var ends = _purses.Values.SelectMany(purse => purse.Heaps.Where(heap => heap.EndsAt <= now && (!heap.Ending || purse.Available > 0 || purse.Unspent == 0))
                .Select(heap => (DueAt: heap.EndsAt, Phase: 1, Rank: -purse.Depth, Do: (Action)(() => End(purse, heap)))));
            var begins = _plans.Where(plan => plan.DueAt <= now && _purses[_purses[plan.To].Parent].Available >= plan.Amount)
                .Select(plan => (plan.DueAt, Phase: 2, Rank: _purses[plan.To].Depth, Do: (Action)(() => Begin(plan))));
            var next = ends.Concat(begins).OrderBy(due => (due.DueAt, due.Phase, due.Rank)).FirstOrDefault();
            if (next.Do is null)
            {
                return;
            }

            next.Do();
        }
    }

    private void Begin(Planned plan)
    {
        _plans.Remove(plan);
        Allocate(plan.To, plan.Amount, plan.EndsAt, plan.Returns);
    }

    private void End(Purse purse, Heap heap)
    {
        purse.NewEpoch();
        if (heap.Returns)
        {
            var returned = Math.Min(heap.Coins, purse.Available);
            heap.Coins -= returned;
            heap.Returned += returned;
            if (returned > 0 && heap.Key is { } key)
            {
                _returned.Add(key);
            }

            heap.Ending = heap.Coins > 0;
            purse.Available -= returned;
            Count(purse.Name, purse.Parent, returned);
            _purses[purse.Parent].Receive(returned, Money.MovedBack, null);
        }
        else
        {
            purse.Endless += heap.Coins;
            heap.Coins = 0;
        }

        if (heap.Coins == 0)
        {
            purse.Heaps.Remove(heap);
        }
    }

    /// <param name="fromItsHeap">Coins of it that are gone from their heap already; null when it is a movement like any other.</param>
    private bool Move(string from, string to, long amount, Money money, Heap? heap, long? fromItsHeap = null)
    {
        if (_purses[from].Available < amount)
        {
            return false;
        }

        _purses[from].Available -= amount;
        if (fromItsHeap is { } gone)
        {
            _purses[from].Take(amount - gone);
        }
        else
        {
            _purses[from].MoveOut(amount);
        }

        Count(from, to, amount);
        _purses[to].Receive(amount, money, heap);
        return true;
    }

    private void Count(string from, string to, long amount)
    {
        for (var purse = from; !IsWithin(to, purse); purse = _purses[purse].Parent)
        {
            _purses[purse].Credited -= amount;
            _purses[_purses[purse].Parent].MovedOut -= amount;
        }

        for (var purse = to; !IsWithin(from, purse); purse = _purses[purse].Parent)
        {
            _purses[purse].Credited += amount;
            _purses[_purses[purse].Parent].MovedOut += amount;
        }
    }

    private bool IsWithin(string name, string upper) => name == upper || (_purses[name].Parent.Length > 0 && IsWithin(_purses[name].Parent, upper));

    private sealed record Planned(string To, long Amount, DateTimeOffset DueAt, DateTimeOffset? EndsAt, bool Returns);

    /// <summary>What kind of money arrives.</summary>
    private enum Money
    {
        Fresh,
        Refunded,
        MovedBack,
    }

    private sealed class Heap
    {
        public long Amount { get; set; }

        public long Returned { get; set; }

        public DateTimeOffset EndsAt { get; init; }

        public bool Returns { get; init; }

        public string? Key { get; init; }

        public long Coins { get; set; }

        public bool Ending { get; set; }
    }

    private sealed class Purse
    {
        // Where each coin that went out since a heap was last added or taken away lay; null is the heap without an end.
        private readonly Stack<Heap?> _gone = new();
        private long _surplus;

        public string Name { get; init; } = "";

        public string Parent { get; init; } = "";

        public int Depth { get; init; }

        public long Available { get; set; }

        public long Held { get; set; }

        public long Spent { get; set; }

        public long Overage { get; set; }

        public long Credited { get; set; }

        public long MovedOut { get; set; }

        public long Endless { get; set; }

        public List<Heap> Heaps { get; } = [];

        public long Unspent => Available + Held;

        public override string ToString() =>
            $"{Name} {Available}/{Held}/{Spent} over {Overage} of {Credited}-{MovedOut} [{string.Join(' ', Heaps.OrderBy(heap => heap.EndsAt).Select(heap => heap.Coins))}]";

        public void Receive(long amount, Money money, Heap? heap)
        {
            if (heap is not null)
            {
                NewEpoch();
                heap.Coins = heap.Amount = amount;
                Heaps.Add(heap);
            }
            else if (money == Money.Fresh)
            {
                Endless += amount;
            }
            else
            {
                PutBack(amount, toAnyThatLacks: money == Money.MovedBack);
            }

            Available += amount;
            Repay(amount);
        }

        /// <summary>What came in, or came back, goes to what was spent beyond funding first.</summary>
        public void Repay(long atMost)
        {
            var repaid = Math.Min(Overage, atMost);
            Overage -= repaid;
            Available -= repaid;
            Take(repaid);
        }

        public void Take(long coins)
        {
            for (; coins > 0; coins--)
            {
                if (_surplus > 0)
                {
                    _surplus--;
                    Endless--;
                    continue;
                }

                var heap = Heaps.Where(candidate => candidate.Coins > 0).MinBy(candidate => candidate.EndsAt);
                _gone.Push(heap);
                if (heap is null)
                {
                    Endless--;
                }
                else
                {
                    heap.Coins--;
                }
            }
        }

        /// <summary>Coins of a heap that is over are set aside: others go first, and then nobody knows any more where those lay that went before.</summary>
        public void MoveOut(long coins)
        {
            if (!Heaps.Exists(heap => heap.Ending))
            {
                Take(coins);
                return;
            }

            NewEpoch();
            for (; coins > 0; coins--)
            {
                var heap = Heaps.Where(candidate => candidate is { Ending: false, Coins: > 0 }).MinBy(candidate => candidate.EndsAt)
                    ?? (Endless > 0 ? null : Heaps.Where(candidate => candidate.Coins > 0).MinBy(candidate => candidate.EndsAt));
                if (heap is null)
                {
                    Endless--;
                }
                else
                {
                    heap.Coins--;
                }
            }
        }

        public void NewEpoch()
        {
            _gone.Clear();
            _surplus = 0;
        }

        /// <summary>The heap goes, whole, or as much of the money without an end; answers what was there of it.</summary>
        public long Forget(string? key, long amount)
        {
            if (Heaps.Count == 0)
            {
                return 0;
            }

            NewEpoch();
            if (Heaps.Find(candidate => candidate.Key == key) is not { } heap)
            {
                var there = Math.Clamp(Endless, 0, amount);
                Endless -= there;
                return there;
            }

            Heaps.Remove(heap);
            return heap.Coins;
        }

        private void PutBack(long coins, bool toAnyThatLacks)
        {
            // What a heap that is over has spent stays spent.
            if (toAnyThatLacks && Heaps.Exists(heap => heap.Ending))
            {
                NewEpoch();
            }

            for (; coins > 0; coins--)
            {
                if (!_gone.TryPop(out var heap))
                {
                    if (toAnyThatLacks && Heaps.Where(Lacks).MinBy(candidate => candidate.EndsAt) is { } lacking)
                    {
                        lacking.Coins++;
                        continue;
                    }

                    _surplus++;
                    Endless++;
                }
                else if (heap is null)
                {
                    Endless++;
                }
                else
                {
                    heap.Coins++;
                }
            }
        }

        private static bool Lacks(Heap heap) => !heap.Ending && heap.Coins + heap.Returned < heap.Amount;
    }
}
