using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// What one writer's connection wrote last of wallets and of open holds, each with the transaction that wrote it. A row whose xmin is still that transaction stands as it was written, so a batch
/// that needs no others is decided without reading, and is written only if none of its rows has another xmin by then (docs/decisions/0300). Ends with its connection, and so with
/// the server whose transactions it knows. Used by its loop alone.
/// </summary>
internal sealed class LastWritten(LedgerDatabase database, TimeProvider time)
{
    /// <summary>Of each kind; beyond it all are forgotten and read again.</summary>
    private const int Limit = 50_000;

    /// <summary>After a miss as long is read for every batch, and twice as long where the next miss comes sooner after it: each is a few lines in PostgreSQL's log.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Transaction ids come round after four thousand million; not within this time.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromHours(1);

    private readonly Dictionary<string, (WalletAccounts Wallet, uint Version, long At)> _wallets = [];
    private readonly Dictionary<Guid, (HoldSnapshot Hold, uint Version, long At)> _holds = [];
    private long _others;
    private long _missedAt;
    private TimeSpan _pause;

    /// <summary>
    /// What these commands are decided on, as it was last written; null where it is not all known, or where they could meet a case that needs more: too little money, a freeze, a hold that was asked for
    /// before, or has ended. That there is room under their caps is not known, but made sure of when the batch is written.
    /// </summary>
    public KnownHolds? Find(IReadOnlyList<HoldCommand> commands)
    {
        if (MayBeStale() || time.GetElapsedTime(_missedAt) < _pause)
        {
            return null;
        }

        var (wallets, holds, creates, caps) = (new Dictionary<string, long>(), new Dictionary<Guid, HoldSnapshot>(), new List<Guid>(), new SortedDictionary<long, long>());
        var setAside = new Dictionary<string, long>();
        foreach (var command in commands)
        {
            var (walletId, bound, accounts) = (command.WalletId, 0L, Array.Empty<long>());
            if (command is CreateHoldCommand create)
            {
                if (create.WithOrganisation || _holds.ContainsKey(create.AttemptId))
                {
                    return null;
                }

                (bound, accounts) = (create.Demand.BoundNanos, create.CapAccounts);
                creates.Add(create.AttemptId);
            }
            else
            {
                if (!_holds.TryGetValue(command.AttemptId, out var known) || time.GetElapsedTime(known.At) > Age)
                {
                    return null;
                }

                (walletId, accounts) = (known.Hold.WalletId, known.Hold.CapAccounts);
                if (holds.TryAdd(command.AttemptId, known.Hold))
                {
                    setAside[walletId!] = setAside.GetValueOrDefault(walletId!) + known.Hold.Held;
                }
            }

            if (walletId is null || !_wallets.TryGetValue(walletId, out var entry) || entry.Wallet.Policy.Frozen || time.GetElapsedTime(entry.At) > Age)
            {
                return null;
            }

            // Holds that somebody else has ended, beside a wallet that was written after it: nothing could be decided on the two.
            wallets[walletId] = wallets.GetValueOrDefault(walletId, entry.Wallet.Available) - bound;
            if (wallets[walletId] < 0 || setAside.GetValueOrDefault(walletId) > entry.Wallet.Held)
            {
                return null;
            }

            foreach (var account in accounts)
            {
                caps[account] = caps.GetValueOrDefault(account) + bound;
            }
        }

        var entries = wallets.Keys.Order(StringComparer.Ordinal).Select(walletId => _wallets[walletId]).ToList();
        return new KnownHolds([.. entries.Select(entry => entry.Wallet)], [.. entries.Select(entry => entry.Version)], holds, [.. creates], caps);
    }

    /// <summary>The transaction that wrote each of these holds, which are known.</summary>
    public uint[] VersionsOf(IEnumerable<HoldSnapshot> holds) => [.. holds.Select(hold => _holds[hold.AttemptId].Version)];

    /// <summary>A batch is durable: it was all that its transaction wrote of its wallets and holds.</summary>
    public void Keep(HoldUnit unit, uint version)
    {
        if (_wallets.Count > Limit || _holds.Count > Limit)
        {
            Forget();
        }

        var now = time.GetTimestamp();
        foreach (var wallet in unit.Ledger.Changed)
        {
            _wallets[wallet.WalletId] = (wallet with { LastRecordedAt = unit.Ledger.Now }, version, now);
        }

        foreach (var hold in unit.Made.Select(made => made.Hold).Concat(unit.Changed))
        {
            // Of the others only a usage record is expected, which does not come this way.
            if (hold.State is HoldState.Pending or HoldState.Sent)
            {
                _holds[hold.AttemptId] = (hold, version, now);
            }
            else
            {
                _holds.Remove(hold.AttemptId);
            }
        }
    }

    /// <summary>What a transaction wrote of wallets and holds is not all known.</summary>
    public void Forget()
    {
        _wallets.Clear();
        _holds.Clear();
    }

    /// <summary>Somebody else has written to what a batch is about.</summary>
    public void Miss(KnownHolds known)
    {
        foreach (var wallet in known.Wallets)
        {
            _wallets.Remove(wallet.WalletId);
        }

        foreach (var attemptId in known.Holds.Keys)
        {
            _holds.Remove(attemptId);
        }

        var sinceLast = _pause == TimeSpan.Zero ? TimeSpan.MaxValue : time.GetElapsedTime(_missedAt);
        _pause = sinceLast >= 2 * _pause ? FirstPause : 2 * _pause < LongestPause ? 2 * _pause : LongestPause;
        _missedAt = time.GetTimestamp();
    }

    /// <summary>
    /// Postings, leases and people's movements of this replica need not be met by a miss: while one is under way, and once it has ended, the wallets are read. Holds stay known: those that others
    /// write to are rarely open.
    /// </summary>
    private bool MayBeStale()
    {
        var (underWay, ended) = database.Others;
        if (ended != _others)
        {
            _others = ended;
            _wallets.Clear();
        }

        return underWay;
    }
}

/// <summary>What a batch is decided on without reading it.</summary>
/// <param name="Wallets">In the order of their ids.</param>
/// <param name="Versions">The transaction that wrote each of <paramref name="Wallets"/>.</param>
/// <param name="Holds">Those that the commands take a step further.</param>
/// <param name="Creates">Attempts that must not have been refused, nor be held.</param>
/// <param name="Debits">By cap account, what all creates together take at most; 0 where something is only given back. There must be room for it.</param>
internal sealed record KnownHolds(WalletAccounts[] Wallets, uint[] Versions, Dictionary<Guid, HoldSnapshot> Holds, Guid[] Creates, SortedDictionary<long, long> Debits);
