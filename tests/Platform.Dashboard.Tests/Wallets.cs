using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;

namespace Platform.Dashboard.Tests;

/// <summary>Wallets as the service lists them.</summary>
internal static class Wallets
{
    public static WalletView Organisation(long held = 0) => View("wal_organisation", WalletScope.Organisation, "", "Acme", held);

    public static WalletView Team(string teamId, string name, long held = 0) => View($"wal_{teamId}", WalletScope.Team, teamId, name, held);

    public static WalletView User(string teamId, string userId, long held = 0) => View($"wal_{teamId}.user.{userId}", WalletScope.User, teamId, userId, held);

    public static WalletView Application(string teamId, string applicationId) =>
        View($"wal_{teamId}.app.{applicationId}", WalletScope.Application, teamId, applicationId, 0);

    public static WalletFigures Of(params WalletView[] views) => WalletFigures.From(new ListWalletsResponse { Wallets = { views } });

    private static WalletView View(string walletId, WalletScope scope, string teamId, string name, long held) => new()
    {
        WalletId = walletId, Scope = scope, TeamId = teamId, Name = name, Currency = "USD", AvailableNanos = 100, HeldNanos = held, Status = WalletStatus.Healthy,
    };
}
