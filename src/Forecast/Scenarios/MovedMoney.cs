using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Scenarios.Changes;

namespace Platform.Forecast.Scenarios;

/// <summary>
/// What is available in each wallet once a scenario has moved money, change after change: the organisation's own wallet pays for what teams get, and a team's own for what those of its users and
/// applications get. What a wallet gets repays its overage first, as in Wallet. Pure.
/// </summary>
/// <param name="Amounts">By wallet, in nano-units.</param>
/// <param name="Overage">By wallet, what is left of it.</param>
/// <param name="Problems">What would take more than there is.</param>
/// <param name="Moves">By the place of the change that they are of.</param>
internal sealed record MovedMoney(
    IReadOnlyDictionary<string, long> Amounts, IReadOnlyDictionary<string, long> Overage, IReadOnlyList<string> Problems, IReadOnlyDictionary<int, MoneyMove> Moves)
{
    /// <summary>What teams get that the organisation's own wallet has not, or that nobody is known to pay.</summary>
    public long Credited(IReadOnlyList<Change> changes) =>
        Moves.Where(move => changes[move.Key] is WalletChange { IsOfTeam: true, TeamId.Length: > 0 }).Aggregate(0L, (sum, move) => Sum(sum, move.Value.From is null ? Math.Max(0, move.Value.Nanos) : move.Value.Missing));

    /// <param name="wallets">Of the organisation.</param>
    public static MovedMoney Of(IReadOnlyList<Change> changes, IReadOnlyList<WalletView> wallets, string currency)
    {
        var amounts = wallets.ToDictionary(wallet => wallet.WalletId, wallet => wallet.AvailableNanos + wallet.LeasedUndrawnNanos, StringComparer.Ordinal);
        var overage = wallets.ToDictionary(wallet => wallet.WalletId, wallet => wallet.OverageNanos, StringComparer.Ordinal);
        var organisation = wallets.FirstOrDefault(wallet => wallet.TeamId.Length == 0);
        var (problems, moves) = (new List<string>(), new Dictionary<int, MoneyMove>());
        foreach (var (place, change) in changes.Index().Where(change => change.Item is WalletChange).Select(change => (change.Index, (WalletChange)change.Item)))
        {
            WalletView[] team = [.. wallets.Where(wallet => wallet.TeamId == change.TeamId).OrderByDescending(SharedWallet.IsTeams)];
            if (change.TeamId.Length == 0)
            {
                moves[place] = Credit(change);
            }
            else if (change.IsOfTeam)
            {
                moves[place] = Add(team, change);
            }
            else if (change.Find(team) is { } wallet && team[0] is { UserId: "", ApplicationId: "" } own)
            {
                moves[place] = Move(own.WalletId, wallet.WalletId, change);
            }
        }

        return new MovedMoney(amounts, overage, problems, moves);

        // What is taken is taken from whoever spends it: no wallet gives money away to outside.
        MoneyMove Credit(WalletChange change)
        {
            var before = amounts.Values.Aggregate(0L, Sum);
            var more = change.Amount.Of(before) - before;
            if (organisation is not null && more > 0)
            {
                Give(organisation.WalletId, more);
            }

            return new MoneyMove(more, [], null);
        }

        // What the team's own has not, the others give. What the organisation's own has not, is credited before.
        MoneyMove Add(WalletView[] team, WalletChange change)
        {
            var before = team.Sum(wallet => amounts[wallet.WalletId]);
            var (more, others) = (change.Amount.Of(before) - before, new List<(WalletView, long)>());
            var move = new MoneyMove(more, others, organisation is null ? null : amounts[organisation.WalletId]);
            if (organisation is not null)
            {
                amounts[organisation.WalletId] = more < 0 ? Sum(amounts[organisation.WalletId], -more) : Math.Max(0, amounts[organisation.WalletId] - more);
            }

            foreach (var wallet in team)
            {
                var given = Math.Max(more, -amounts[wallet.WalletId]);
                Give(wallet.WalletId, given);
                more -= given;
                if (given < 0 && !SharedWallet.IsTeams(wallet))
                {
                    others.Add((wallet, -given));
                }
            }

            return move;
        }

        MoneyMove Move(string own, string walletId, WalletChange change)
        {
            var (before, after) = (amounts[walletId], change.Amount.Of(amounts[walletId]));
            var move = new MoneyMove(after - before, [], amounts[own]);
            if (change.Amount.TakesMoreThan(before))
            {
                problems.Add($"'{Validation.Shown(change.Line)}': wallet {walletId} has {new Money(before)} {currency} available, of which no more can be taken; amount=0 asks for none.");
            }

            if (move.Missing > 0)
            {
                problems.Add($"'{Validation.Shown(change.Line)}': it comes out of the team's own wallet, which has {new Money(amounts[own])} {currency} available.");
                return move;
            }

            Give(own, -move.Nanos);
            Give(walletId, move.Nanos);
            return move;
        }

        void Give(string walletId, long nanos)
        {
            var repaid = Math.Min(Math.Max(0, nanos), overage[walletId]);
            (amounts[walletId], overage[walletId]) = (Sum(amounts[walletId], nanos - repaid), overage[walletId] - repaid);
        }
    }

    /// <summary>At most the greatest amount.</summary>
    private static long Sum(long one, long other) => (long)Int128.Min((Int128)one + other, long.MaxValue);
}

/// <summary>What a change moves, after those before it.</summary>
/// <param name="Nanos">What whom it names has more; below zero: less.</param>
/// <param name="Others">Of a team that has less: what the wallets of its users and applications give of it.</param>
/// <param name="From">What the wallet above has before, which pays: the organisation's own or, for a user or an application, the team's own. Null: nobody pays, or it is not known.</param>
internal sealed record MoneyMove(long Nanos, IReadOnlyList<(WalletView Wallet, long Nanos)> Others, long? From)
{
    /// <summary>What the wallet above has too little of it.</summary>
    public long Missing => Nanos > 0 && From is { } from ? Math.Max(0, Nanos - from) : 0;
}
