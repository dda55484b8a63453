using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// What one writer's connection wrote last of wallets and of open holds, each with the transaction that wrote it. A row whose xmin is still that transaction stands as it was written, so a batch
/// that needs no others is decided without reading, and is written only if none of its rows has another xmin by then (docs/decisions/0300). Ends with its connection, and so with
/// the server whose transactions it knows. Used by its loop alone.
/// </summary>
internal sealed class LastWritten(TimeProvider time)
{
    /// <summary>Of each kind; beyond it all are forgotten and read again.</summary>
    private const int Limit = 50_000;

    /// <summary>After as many batches at most a miss is forgiven: where other replicas write to the same wallets, hardly a batch is sent in vain.</summary>
    private const int LongestPause = 1_024;

    /// <summary>Transaction ids come round after four thousand million; not within this time.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromHours(1);

    private readonly Dictionary<string, (WalletAccounts Wallet, uint Version, long At)> _wallets = [];
    private readonly Dictionary<Guid, (HoldSnapshot Hold, uint Version, long At)> _holds = [];
    private int _misses;
    private int _pause;

    /// <summary>
    /// What these commands are decided on, as it was last written; null where it is not all known, or where they could meet a case that needs more: too little money, a freeze, a hold that was asked for
    /// before. That there is room under their caps is not known, but made sure of when the batch is written.
    /// </summary>
    public KnownHolds? Find(IReadOnlyList<HoldCommand> commands)
    {
        if (_pause > 0)
        {
            _pause--;
            return null;
        }

        var (wallets, holds, creates, caps) = (new Dictionary<string, long>(), new Dictionary<Guid, HoldSnapshot>(), new List<Guid>(), new SortedDictionary<long, long>());
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
                holds[command.AttemptId] = known.Hold;
            }

            if (walletId is null || !_wallets.TryGetValue(walletId, out var entry) || entry.Wallet.Policy.Frozen || time.GetElapsedTime(entry.At) > Age)
            {
                return null;
            }

            wallets[walletId] = wallets.GetValueOrDefault(walletId, entry.Wallet.Available) - bound;
            if (wallets[walletId] < 0)
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

    /// <summary>A batch was written on what was known.</summary>
    public void Hit() => _misses = 0;

    /// <summary>Somebody else has written to what a batch is about: after each miss in a row twice as many batches are read for.</summary>
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

        _misses = Math.Min(_misses + 1, 20);
        _pause = Math.Min(LongestPause, 1 << (_misses - 1));
    }
}

/// <summary>What a batch is decided on without reading it.</summary>
/// <param name="Wallets">In the order of their ids.</param>
/// <param name="Versions">The transaction that wrote each of <paramref name="Wallets"/>.</param>
/// <param name="Holds">Those that the commands take a step further.</param>
/// <param name="Creates">Attempts that must not have been refused, nor be held.</param>
/// <param name="Debits">By cap account, what all creates together take at most; 0 where something is only given back. There must be room for it.</param>
internal sealed record KnownHolds(WalletAccounts[] Wallets, uint[] Versions, Dictionary<Guid, HoldSnapshot> Holds, Guid[] Creates, SortedDictionary<long, long> Debits);
