using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Scenarios.Changes;

namespace Platform.Forecast.Scenarios;

/// <summary>What is available in each wallet once a scenario has moved money, change after change: a team's own wallet pays for what those of its users and applications get. Pure.</summary>
/// <param name="Amounts">By wallet, in nano-units.</param>
/// <param name="Problems">What would take more than there is.</param>
internal sealed record MovedMoney(IReadOnlyDictionary<string, long> Amounts, IReadOnlyList<string> Problems)
{
    /// <param name="wallets">Of the organisation.</param>
    public static MovedMoney Of(IReadOnlyList<Change> changes, IReadOnlyList<WalletView> wallets, string currency)
    {
        var amounts = wallets.ToDictionary(wallet => wallet.WalletId, wallet => wallet.AvailableNanos + wallet.LeasedUndrawnNanos, StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var change in changes.OfType<WalletChange>().Where(change => change.TeamId.Length > 0))
        {
            WalletView[] team = [.. wallets.Where(wallet => wallet.TeamId == change.TeamId).OrderByDescending(SharedWallet.IsTeams)];
            if (change.IsOfTeam)
            {
                Add(team, change);
            }
            else if (change.Find(team) is { } wallet && team[0] is { UserId: "", ApplicationId: "" } own)
            {
                Move(own.WalletId, wallet.WalletId, change);
            }
        }

        return new MovedMoney(amounts, problems);

        // What the team's own has not, the others give.
        void Add(WalletView[] team, WalletChange change)
        {
            var before = team.Sum(wallet => amounts[wallet.WalletId]);
            var more = change.Amount.Of(before) - before;
            foreach (var wallet in team)
            {
                var given = Math.Max(more, -amounts[wallet.WalletId]);
                (amounts[wallet.WalletId], more) = (amounts[wallet.WalletId] + given, more - given);
            }
        }

        void Move(string own, string walletId, WalletChange change)
        {
            var (before, after) = (amounts[walletId], change.Amount.Of(amounts[walletId]));
            if (change.Amount.TakesMoreThan(before))
            {
                problems.Add($"'{Validation.Shown(change.Line)}': wallet {walletId} has {new Money(before)} {currency} available, of which no more can be taken; amount=0 asks for none.");
            }

            if (after - before > amounts[own])
            {
                problems.Add($"'{Validation.Shown(change.Line)}': it comes out of the team's own wallet, which has {new Money(amounts[own])} {currency} available.");
                return;
            }

            (amounts[own], amounts[walletId]) = (amounts[own] - (after - before), after);
        }
    }
}
