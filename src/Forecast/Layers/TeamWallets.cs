using Platform.Contracts.Wallet.V1;

namespace Platform.Forecast.Layers;

/// <summary>The wallets of a team, which pay for what it spends.</summary>
/// <param name="Wallets">The team's own last; of an empty id where it has none.</param>
/// <param name="Cumulated">What wallets up to each have of the team (<see cref="WalletPaths"/>), drawn when it is asked for; null: there is one wallet, and it pays for all.</param>
internal sealed record TeamWallets(IReadOnlyList<SharedWallet> Wallets, Func<float[][]>? Cumulated);

/// <summary>A wallet of a team, and its share of what the team spends.</summary>
internal sealed record SharedWallet(WalletView Wallet, ScopeShare Share)
{
    /// <summary>What it can spend.</summary>
    public SpendableFunds Funds { get; init; } = SpendableFunds.Of(Wallet);

    /// <summary>It pays for everybody who has no wallet.</summary>
    public bool IsOwn => IsTeams(Wallet);

    public static bool IsTeams(WalletView wallet) => wallet is { UserId: "", ApplicationId: "" };
}
