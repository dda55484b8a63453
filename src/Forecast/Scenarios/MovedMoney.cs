using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Scenarios.Changes;

namespace Platform.Forecast.Scenarios;

/// <summary>
/// What is available in each wallet once a scenario has moved money, change after change: the organisation's own wallet pays for what teams get, and a team's own for what those of its users and
/// applications get. What a wallet gets repays its overage first, as in Wallet, and what the organisation's own has too little of is credited to it before. Pure.
/// </summary>
/// <param name="Amounts">By wallet, in nano-units.</param>
/// <param name="Overage">By wallet, what is left of it.</param>
/// <param name="Sums">Of each team's wallets and, under an empty id, of all, less what the scenario takes out of the organisation, which no wallet gives: what is available in nano-units, never below zero, and the overage.</param>
/// <param name="Problems">What would take more than there is.</param>
/// <param name="Moves">By the place of the change that they are of.</param>
internal sealed record MovedMoney(
    IReadOnlyDictionary<string, long> Amounts, IReadOnlyDictionary<string, long> Overage, IReadOnlyDictionary<string, (long AvailableNanos, long OverageNanos)> Sums, IReadOnlyList<string> Problems,
    IReadOnlyDictionary<int, MoneyMove> Moves)
{
    /// <param name="wallets">Of the organisation.</param>
    public static MovedMoney Of(IReadOnlyList<Change> changes, IReadOnlyList<WalletView> wallets, string currency)
    {
        var amounts = wallets.ToDictionary(wallet => wallet.WalletId, wallet => wallet.AvailableNanos + wallet.LeasedUndrawnNanos, StringComparer.Ordinal);
        var overage = wallets.ToDictionary(wallet => wallet.WalletId, wallet => wallet.OverageNanos, StringComparer.Ordinal);
        var organisation = wallets.FirstOrDefault(wallet => wallet.TeamId.Length == 0);
        var (problems, moves) = (new List<string>(), new Dictionary<int, MoneyMove>());

        // What all have beyond their wallets; below zero: what was taken.
        var outside = 0L;
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

            // What was taken is in some wallet still, and a change after it may have repaid overage with it.
            if (All() is < 0 and var below)
            {
                problems.Add($"'{Validation.Shown(change.Line)}': it repays overage, and the changes before it leave {new Money(-below)} {currency} too little for that in all wallets together.");
                outside -= below;
            }
        }

        var sums = wallets.GroupBy(wallet => wallet.TeamId, StringComparer.Ordinal).Where(team => team.Key.Length > 0).ToDictionary(team => team.Key, Of, StringComparer.Ordinal);
        sums[""] = (All(), Of(wallets).Overage);
        return new MovedMoney(amounts, overage, sums, problems, moves);

        long All() => Sum(Of(wallets).Available, outside);

        (long Available, long Overage) Of(IEnumerable<WalletView> some) =>
            some.Aggregate((0L, 0L), (sum, wallet) => (Sum(sum.Item1, amounts[wallet.WalletId]), Sum(sum.Item2, overage[wallet.WalletId])));

        // What is taken is taken from whoever spends it: no wallet gives money away to outside.
        MoneyMove Credit(WalletChange change)
        {
            var before = All();
            var more = change.Amount.Of(before) - before;
            if (change.Amount.TakesMoreThan(before) && wallets.Count > 0)
            {
                return Refuse(change, $"all wallets together have {new Money(before)} {currency} available, of which no more can be taken; amount=0 asks for none.");
            }

            if (organisation is not null && more > 0)
            {
                Give(organisation.WalletId, more);
            }
            else
            {
                outside = Sum(outside, more);
            }

            return new MoneyMove(more, [], null);
        }

        // What the team's own has not, the others give, through it: its overage is repaid first. What the organisation's own has not, is credited before.
        MoneyMove Add(WalletView[] team, WalletChange change)
        {
            var before = Of(team).Available;
            var (more, others) = (change.Amount.Of(before) - before, new List<(WalletView, long)>());
            if (change.Amount.TakesMoreThan(before) && team.Length > 0)
            {
                return Refuse(change, $"the wallets of team {change.TeamId} have {new Money(before)} {currency} available, of which no more can be taken; amount=0 asks for none.");
            }

            var move = organisation is null ? new MoneyMove(more, others, null) : new MoneyMove(more, others, amounts[organisation.WalletId], overage[organisation.WalletId]);
            var left = more;
            foreach (var wallet in team)
            {
                var given = Math.Max(left, -amounts[wallet.WalletId]);
                Give(wallet.WalletId, given);
                left -= given;
                if (given < 0 && !SharedWallet.IsTeams(wallet))
                {
                    others.Add((wallet, -given));
                }
            }

            move = move with { Repaid = team.FirstOrDefault(SharedWallet.IsTeams) is { } own ? Repay(own.WalletId, others.Sum(other => other.Item2)) : 0 };
            if (organisation is not null)
            {
                Give(organisation.WalletId, move.Credited);
                Give(organisation.WalletId, -more - move.Repaid);
            }
            else
            {
                outside = Sum(outside, Math.Max(0, -more - move.Repaid));
            }

            return move;
        }

        MoneyMove Move(string own, string walletId, WalletChange change)
        {
            var (before, after) = (amounts[walletId], change.Amount.Of(amounts[walletId]));
            var move = new MoneyMove(after - before, [], amounts[own]);
            if (change.Amount.TakesMoreThan(before))
            {
                return Refuse(change, $"wallet {walletId} has {new Money(before)} {currency} available, of which no more can be taken; amount=0 asks for none.");
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

        // It moves nothing, and what stands after it finds what was there.
        MoneyMove Refuse(WalletChange change, string problem)
        {
            problems.Add($"'{Validation.Shown(change.Line)}': {problem}");
            return new MoneyMove(0, [], null) { Problem = problem };
        }

        void Give(string walletId, long nanos) => amounts[walletId] = Sum(amounts[walletId], nanos - Repay(walletId, nanos));

        // Of what comes to a wallet.
        long Repay(string walletId, long nanos)
        {
            var repaid = Math.Min(Math.Max(0, nanos), overage[walletId]);
            overage[walletId] -= repaid;
            return repaid;
        }
    }

    /// <summary>At most the greatest amount.</summary>
    private static long Sum(long one, long other) => (long)Int128.Min((Int128)one + other, long.MaxValue);
}

/// <summary>What a change moves, after those before it.</summary>
/// <param name="Nanos">What whom it names has more; below zero: less.</param>
/// <param name="Others">Of a team that has less: what the wallets of its users and applications give of it.</param>
/// <param name="From">What the wallet above has before, which pays: the organisation's own or, for a user or an application, the team's own. Null: nobody pays, or it is not known.</param>
/// <param name="Owed">The overage of the organisation's own wallet before, where that pays.</param>
internal sealed record MoneyMove(long Nanos, IReadOnlyList<(WalletView Wallet, long Nanos)> Others, long? From, long Owed = 0)
{
    /// <summary>Of what <see cref="Others"/> give, what repays the overage of the team's own wallet, through which it goes: so much less comes to the organisation.</summary>
    public long Repaid { get; init; }

    /// <summary>Why nothing is moved: it takes more than there is. Empty: something is, or nothing is to be.</summary>
    public string Problem { get; init; } = "";

    /// <summary>What the wallet above has too little of it.</summary>
    public long Missing => Nanos > 0 && From is { } from ? Math.Max(0, Nanos - from) : 0;

    /// <summary>What has to be credited to the organisation before, so that it has what is missing: a credit repays overage first. Nano-units, at most the greatest amount.</summary>
    public long Credited => Missing > 0 ? (long)Int128.Min((Int128)Missing + Owed, long.MaxValue) : 0;
}
