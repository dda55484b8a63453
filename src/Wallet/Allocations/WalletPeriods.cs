using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Allocations;

/// <summary>
/// The open periods of one wallet, behind its lock. Where a period begins or ends, it is first settled whose money was spent (<see cref="SpendOrder"/>), because from then
/// on the same difference of balances would mean something else. Pure; the <see cref="AllocationStore"/> reads before and writes after.
/// </summary>
internal sealed class WalletPeriods
{
    private readonly string _walletId;
    private readonly List<PeriodRow> _open;
    private readonly Dictionary<Guid, PeriodRow> _changed = [];

    public WalletPeriods(string walletId, IEnumerable<PeriodRow> open)
    {
        _walletId = walletId;
        _open = [.. open];
        Sort();
    }

    /// <summary>In the order in which their money is spent.</summary>
    public IReadOnlyList<PeriodRow> Open => _open;

    public IEnumerable<PeriodRow> Changed => _changed.Values;

    /// <summary>
    /// Money that arrives without a period; it matters only to a wallet that has others. It is the last to be spent, so it changes nothing for those, and nothing
    /// need be settled.
    /// </summary>
    public void AddWithoutEnd(long amount)
    {
        if (_open.Count > 0)
        {
            Put(_open[^1] with { Remaining = _open[^1].Remaining + amount });
        }
    }

    /// <param name="unspentBefore">Available, held and in suspense before its money arrived.</param>
    public void Begin(long unspentBefore, PeriodRow period)
    {
        if (_open.Count == 0)
        {
            Put(new PeriodRow(
                Guid.CreateVersion7(period.StartsAt), null, _walletId, null, 0, unspentBefore, 0, period.StartsAt, null, PeriodEnd.Unspecified,
                PeriodState.Running));
        }
        else
        {
            Settle(unspentBefore);
        }

        Put(period);
    }

    /// <summary>
    /// Ends a period, or goes on with it where some of its money was set aside; answers what goes back to the wallet above now: at most what is available. What leases
    /// have drawn for good will be spent and what is in suspense may be: as long as it can be the period's, it does not return, or later money would pay for it. It is
    /// the money's that is spent first: what periods before this one have left covers it, and is not kept a second time.
    /// </summary>
    /// <param name="wallet">Before anything returns.</param>
    public long End(Guid periodId, WalletAccounts wallet)
    {
        Settle(wallet.Unspent);
        var period = _open.Single(candidate => candidate.PeriodId == periodId);
        var before = _open.TakeWhile(candidate => candidate.PeriodId != periodId).Sum(candidate => candidate.Remaining);
        var kept = Math.Max(0, wallet.Drawn + wallet.Suspense - before);
        var returned = period.AtEnd == PeriodEnd.Return ? Math.Clamp(period.Remaining - kept, 0, wallet.Available) : 0;
        if (period.AtEnd == PeriodEnd.Return)
        {
            var left = period.Remaining - returned;
            Put(period with { Remaining = left, Returned = period.Returned + returned, State = left > 0 ? PeriodState.Ending : PeriodState.Ended });
        }
        else
        {
            Put(_open[^1] with { Remaining = _open[^1].Remaining + period.Remaining });
            Put(period with { Remaining = 0, State = PeriodState.Ended });
        }

        return returned;
    }

    /// <summary>
    /// A transfer that brought money is taken back. The period that it began is over; what came without an end goes from the money without an end. What of it was spent is
    /// missing elsewhere.
    /// </summary>
    public void TakeBack(Guid transferId, long amount, long unspentBefore)
    {
        if (_open.Count == 0)
        {
            return;
        }

        Settle(unspentBefore);
        Put(_open.Find(candidate => candidate.TransferId == transferId) is { } period
            ? period with { Remaining = 0, State = PeriodState.Ended }
            : _open[^1] with { Remaining = Math.Max(0, _open[^1].Remaining - amount) });
    }

    /// <summary>
    /// People move money out, before it goes. What a period that is over still waits for is set aside for calls, so this is not it, as long as there is other money. Without such a period
    /// nothing need be settled.
    /// </summary>
    public void Take(long amount, long unspentBefore)
    {
        if (!SettleWhereOneIsOver(unspentBefore))
        {
            return;
        }

        foreach (var period in _open.OrderBy(period => period.State == PeriodState.Ending).ToList())
        {
            var taken = Math.Min(period.Remaining, amount);
            amount -= taken;
            Leave(period, period.Remaining - taken);
        }
    }

    /// <summary>
    /// Money that was moved out comes back, before it is here. It undoes what went out since all was last settled; what is more than that went out before: it is of the periods that still run
    /// and lack something, in the order in which money is taken from them, and must end with them. What a period that is over has spent is not made good by it.
    /// </summary>
    public void GiveBack(long amount, long unspentBefore)
    {
        SettleWhereOneIsOver(unspentBefore);
        var more = Math.Clamp(unspentBefore + amount - _open.Sum(period => period.Remaining), 0, amount);
        foreach (var period in _open.Where(period => period is { State: PeriodState.Running, EndsAt: not null }).ToList())
        {
            var back = Math.Min(Lack(period), more);
            more -= back;
            Leave(period, period.Remaining + back);
        }
    }

    /// <summary>
    /// Money of a period below this wallet returns after the period's end. What periods of this wallet that ended with it lack went out of them, and goes on to the wallet above as it would have
    /// in time; answers how much that is.
    /// </summary>
    /// <param name="givers">Of this wallet, that ended at that moment and whose money returns, as they stand in the database.</param>
    /// <param name="unspent">It is the same before and after: what is passed on never is this wallet's.</param>
    public long PassOn(long amount, IEnumerable<PeriodRow> givers, long unspent)
    {
        SettleWhereOneIsOver(unspent);
        var passed = 0L;
        foreach (var period in givers.Select(row => _changed.GetValueOrDefault(row.PeriodId, row)))
        {
            var part = Math.Min(Lack(period), amount - passed);
            if (part > 0)
            {
                passed += part;
                Put(period with { Returned = period.Returned + part });
            }
        }

        return passed;
    }

    /// <summary>What is left of each open period's money now.</summary>
    public IEnumerable<(PeriodRow Period, long Remaining)> RemainingNow(long unspent) =>
        _open.Zip(SpendOrder.Settle([.. _open.Select(period => period.Remaining)], unspent));

    private void Settle(long unspent)
    {
        foreach (var (period, remaining) in RemainingNow(unspent).ToList())
        {
            Leave(period, remaining);
        }
    }

    private bool SettleWhereOneIsOver(long unspent)
    {
        var isOver = _open.Exists(period => period.State == PeriodState.Ending);
        if (isOver)
        {
            Settle(unspent);
        }

        return isOver;
    }

    private static long Lack(PeriodRow period) => period.Amount - period.Returned - period.Remaining;

    private void Leave(PeriodRow period, long remaining)
    {
        if (period.Remaining != remaining)
        {
            Put(period with { Remaining = remaining });
        }
    }

    /// <summary>Once no period is left, the money without an end is all there is and need not be told apart.</summary>
    private void Put(PeriodRow period)
    {
        _changed[period.PeriodId] = period;
        _open.RemoveAll(candidate => candidate.PeriodId == period.PeriodId);
        if (period.State != PeriodState.Ended)
        {
            _open.Add(period);
            Sort();
        }
        else if (_open is [{ EndsAt: null } rest])
        {
            _changed[rest.PeriodId] = rest with { Remaining = 0, State = PeriodState.Ended };
            _open.Clear();
        }
    }

    private void Sort() => _open.Sort((left, right) => Key(left).CompareTo(Key(right)));

    private static (DateTimeOffset EndsAt, DateTimeOffset StartsAt, Guid PeriodId) Key(PeriodRow period) =>
        (period.EndsAt ?? DateTimeOffset.MaxValue, period.StartsAt, period.PeriodId);
}
