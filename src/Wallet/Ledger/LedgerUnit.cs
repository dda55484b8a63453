using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Alerts;
using Platform.Wallet.Controls;

namespace Platform.Wallet.Ledger;

/// <summary>
/// What one transaction does to the ledger: the locked wallets, their balances as they change, and the transfers in order. Pure; the
/// <see cref="LedgerStore"/> locks before and writes after.
/// </summary>
internal sealed class LedgerUnit
{
    private readonly Dictionary<string, WalletAccounts> _locked = [];
    private readonly Dictionary<string, WalletAccounts> _wallets = [];
    private readonly List<TransferRow> _transfers = [];
    private readonly HashSet<string> _changed = [];
    private readonly HashSet<string> _refused = [];
    private readonly HashSet<string> _funded = [];

    /// <param name="caps">Accounts that money is to be set aside under; see <see cref="CapUnit"/>.</param>
    public LedgerUnit(IEnumerable<WalletAccounts> locked, DateTimeOffset now, IEnumerable<CapAccount>? caps = null)
    {
        Now = now;
        Caps = new CapUnit(caps ?? []);
        foreach (var wallet in locked)
        {
            _locked.Add(wallet.WalletId, wallet);
            _wallets.Add(wallet.WalletId, wallet);
            Now = wallet.LastRecordedAt > Now ? wallet.LastRecordedAt.Value : Now;
        }
    }

    /// <summary>The moment that this unit is recorded at: never before a transfer that one of its wallets has already, whatever this replica's clock says.</summary>
    public DateTimeOffset Now { get; }

    public CapUnit Caps { get; }

    public IReadOnlyList<TransferRow> Transfers => _transfers;

    public IEnumerable<WalletAccounts> Changed => _changed.Order(StringComparer.Ordinal).Select(id => _wallets[id]);

    /// <summary>Wallets that somebody waits for and that have more available than when they were locked.</summary>
    public IEnumerable<string> Awaited =>
        _locked.Values.Where(locked => locked.AwaitedUntil > Now && _wallets[locked.WalletId].Available > locked.Available).Select(locked => locked.WalletId);

    public WalletAccounts this[string walletId] => _wallets[walletId];

    public WalletAccounts? Find(string walletId) => _wallets.GetValueOrDefault(walletId);

    /// <summary>Judges the low-balance levels and the overage of what changed, and answers the events that the unit owes. Call it once, before writing.</summary>
    public List<OwedEvent> Close()
    {
        var events = LedgerEvents.OfTransfers(this).ToList();
        foreach (var id in _changed.Union(_refused).Order(StringComparer.Ordinal))
        {
            var decision = LowBalance.Decide(_wallets[id], _funded.Contains(id), _refused.Contains(id), Now);
            var overdraft = Overdraft.Decide(_wallets[id]);
            if (decision.Announced != _wallets[id].LowAnnounced || overdraft.Told != _wallets[id].OverageTold || decision.ExhaustedToldAt != _wallets[id].ExhaustedToldAt)
            {
                _wallets[id] = _wallets[id] with { LowAnnounced = decision.Announced, ExhaustedToldAt = decision.ExhaustedToldAt, OverageTold = overdraft.Told };
                _changed.Add(id);
            }

            events.AddRange(LedgerEvents.OfBalance(_wallets[id], decision, overdraft, Now));
        }

        return events;
    }

    /// <summary>A call found too little here: it was refused, only observed, or charged to another wallet.</summary>
    public void Refuse(string walletId) => _refused.Add(walletId);

    /// <summary>What leases have not drawn changed, by their holders' word: it counts as available for people.</summary>
    public void AddUndrawn(string walletId, long amount)
    {
        if (amount != 0)
        {
            _wallets[walletId] = _wallets[walletId] with { LeasedUndrawn = _wallets[walletId].LeasedUndrawn + amount };
            _changed.Add(walletId);
        }
    }

    /// <summary>What leases have drawn for good, and is not posted, changed: it is as good as spent.</summary>
    public void AddDrawn(string walletId, long amount)
    {
        if (amount != 0)
        {
            _wallets[walletId] = _wallets[walletId] with { LeasedDrawn = _wallets[walletId].LeasedDrawn + amount };
            _changed.Add(walletId);
        }
    }

    /// <summary>Low-balance levels that changed are judged from the beginning.</summary>
    public void SetPolicy(string walletId, WalletPolicy policy)
    {
        var wallet = _wallets[walletId];
        var same = wallet.Policy.LowPercents.SequenceEqual(policy.LowPercents);
        _wallets[walletId] = wallet with
        {
            Policy = policy, LowAnnounced = same ? wallet.LowAnnounced : LowBalance.None, ExhaustedToldAt = same ? wallet.ExhaustedToldAt : null,
        };
        _changed.Add(walletId);
    }

    /// <summary>Moves between two accounts of one wallet; nothing for an amount of 0. What comes back to available, of a hold, a lease or a refund, repays the overage first: it would be spent twice otherwise.</summary>
    /// <param name="capAccounts">Cap accounts of the hold or lease whose money it is.</param>
    public void Move(string walletId, Move move, TransferDetails details, IReadOnlyList<long>? capAccounts = null)
    {
        if (move.Amount > 0)
        {
            Caps.Follow(capAccounts ?? [], move);
            Add(move.Kind, move.Amount, (walletId, move.From), (walletId, move.To), details);
            if (move.To == Account.Available)
            {
                RepayOverage(walletId, move.Amount, details);
            }
        }
    }

    /// <summary>
    /// Moves available money from one wallet to another and repays the overage there first. The wallets between them in the tree are counted on the way
    /// (see <see cref="WalletTree"/>) and must be locked too.
    /// </summary>
    public TransferRow MoveBetween(TransferKind kind, string fromWallet, string toWallet, long amount, TransferDetails details)
    {
        var transfer = Add(kind, amount, (fromWallet, Account.Available), (toWallet, Account.Available), details);
        foreach (var (walletId, credited, movedOut) in WalletTree.Count(_wallets[fromWallet], _wallets[toWallet], amount))
        {
            var counted = _wallets[walletId];
            _wallets[walletId] = counted with { Credited = counted.Credited + credited, MovedOut = counted.MovedOut + movedOut };
            _changed.Add(walletId);
            CountFunding(walletId, credited - movedOut);
        }

        RepayOverage(toWallet, amount, details);
        return transfer;
    }

    /// <summary>Moves available money one level down.</summary>
    public TransferRow Allocate(string fromWallet, string toWallet, long amount, TransferDetails details) =>
        MoveBetween(TransferKind.Allocation, fromWallet, toWallet, amount, details);

    /// <summary>Sends money that came from outside back there.</summary>
    public TransferRow TakeBackCredit(string walletId, long amount, TransferDetails details)
    {
        var transfer = Add(TransferKind.Correction, amount, (walletId, Account.Available), (walletId, Account.Funding), details);
        CountFunding(walletId, -amount);
        return transfer;
    }

    /// <summary>Brings money in from outside and repays the overage first.</summary>
    public TransferRow Credit(string walletId, long amount, TransferDetails details)
    {
        var transfer = Add(TransferKind.TopUp, amount, (walletId, Account.Funding), (walletId, Account.Available), details);
        CountFunding(walletId, amount);
        RepayOverage(walletId, amount, details);
        return transfer;
    }

    /// <summary>Money that came into available covers what was spent beyond funding before it can be spent again.</summary>
    private void RepayOverage(string walletId, long atMost, TransferDetails details)
    {
        var amount = Math.Min(_wallets[walletId].Overage, atMost);
        if (amount > 0)
        {
            Move(walletId, new Move(TransferKind.Repayment, Account.Available, Account.Overage, amount), details with { PostingId = null, Corrects = null, IdempotencyKey = null });
        }
    }

    /// <summary>
    /// Money that came in makes all that is left what low-balance levels are percent of; money that was moved on is no part of it any more. Before overage is repaid:
    /// that was spent of it.
    /// </summary>
    private void CountFunding(string walletId, long change)
    {
        var wallet = _wallets[walletId];
        if (change > 0)
        {
            _wallets[walletId] = wallet with { LowBase = wallet.Left };
            _funded.Add(walletId);
        }
        else if (change < 0)
        {
            _wallets[walletId] = wallet with { LowBase = Math.Max(0, wallet.LowBase + change) };
        }
    }

    private TransferRow Add(
        TransferKind kind, long amount, (string Wallet, Account Account) from, (string Wallet, Account Account) to, TransferDetails details)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(amount);
        var fromBefore = _wallets[from.Wallet].Balance(from.Account);
        var toBefore = _wallets[to.Wallet].Balance(to.Account);
        var availableBefore = _wallets[to.Wallet].Available;
        _wallets[from.Wallet] = _wallets[from.Wallet].Add(from.Account, -amount);
        _wallets[to.Wallet] = _wallets[to.Wallet].Add(to.Account, amount);
        _changed.Add(from.Wallet);
        _changed.Add(to.Wallet);
        var transfer = new TransferRow(
            Guid.CreateVersion7(Now), kind, amount, from.Wallet, from.Account, fromBefore, to.Wallet, to.Account, toBefore,
            availableBefore, _wallets[to.Wallet].Available, details, Now);
        _transfers.Add(transfer);
        return transfer;
    }
}

/// <param name="Amount">0 or more, in nano-units; 0 moves nothing.</param>
internal readonly record struct Move(TransferKind Kind, Account From, Account To, long Amount);
