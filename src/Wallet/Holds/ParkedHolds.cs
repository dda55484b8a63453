namespace Platform.Wallet.Holds;

/// <summary>
/// The calls of one writer loop that wait for funds, in the order of their arrival. A call is decided again when something may have come into its wallet or the
/// organisation's, when its own time is up, when its caller goes, and before any later call on its wallet: first come, first served, and nobody is kept waiting
/// for money that he does not need. Used by its loop alone, but for <paramref name="wake"/>.
/// </summary>
/// <param name="wake">Asks the loop to decide a wallet's calls again; called from timers and cancelled callers.</param>
internal sealed class ParkedHolds(TimeProvider time, Action<string?> wake)
{
    private readonly Dictionary<string, SortedDictionary<long, Parked>> _byWallet = [];
    private readonly SortedDictionary<long, Parked> _all = [];
    private long _arrivals;

    public int Count => _all.Count;

    public int CountOf(string walletId) => _byWallet.TryGetValue(walletId, out var parked) ? parked.Count : 0;

    public void Add(ParkedHold hold)
    {
        var command = hold.Command;
        if (command.ParkedAs == 0)
        {
            command.ParkedAs = ++_arrivals;
        }

        var walletId = command.WalletId!;
        var left = hold.Left(time);
        var due = left <= TimeSpan.Zero ? TimeSpan.Zero : left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
        var parked = new Parked(
            command, time.CreateTimer(_ => wake(walletId), null, due, Timeout.InfiniteTimeSpan), command.CallerGone.UnsafeRegister(_ => wake(walletId), null));
        _all.Add(command.ParkedAs, parked);
        foreach (var wallet in WalletsOf(command))
        {
            if (!_byWallet.TryGetValue(wallet, out var queue))
            {
                _byWallet.Add(wallet, queue = []);
            }

            queue.Add(command.ParkedAs, parked);
        }
    }

    /// <summary>Takes out those that wait for a wallet, the first to come first; all for null.</summary>
    public IReadOnlyList<CreateHoldCommand> Take(string? walletId)
    {
        Parked[] taken = walletId is null ? [.. _all.Values] : _byWallet.TryGetValue(walletId, out var queue) ? [.. queue.Values] : [];
        foreach (var parked in taken)
        {
            Remove(parked);
        }

        return Array.ConvertAll(taken, parked => parked.Command);
    }

    private void Remove(Parked parked)
    {
        parked.Timer.Dispose();
        parked.CallerGone.Dispose();
        _all.Remove(parked.Command.ParkedAs);
        foreach (var wallet in WalletsOf(parked.Command))
        {
            var queue = _byWallet[wallet];
            queue.Remove(parked.Command.ParkedAs);
            if (queue.Count == 0)
            {
                _byWallet.Remove(wallet);
            }
        }
    }

    private static IEnumerable<string> WalletsOf(CreateHoldCommand command)
    {
        yield return command.WalletId!;
        if (command.WithOrganisation)
        {
            yield return Ledger.WalletAccounts.OrganisationId;
        }
    }

    private sealed record Parked(CreateHoldCommand Command, ITimer Timer, CancellationTokenRegistration CallerGone);
}
