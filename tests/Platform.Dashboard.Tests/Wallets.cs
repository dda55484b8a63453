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

    /// <summary>As a page has them of which these are all.</summary>
    public static WalletFigures Of(params WalletView[] views) => new([.. views.Select(WalletLine.From)], "", 0, 0, null);

    private static WalletView View(string walletId, WalletScope scope, string teamId, string name, long held) => new()
    {
        WalletId = walletId, Scope = scope, TeamId = teamId, Name = name, Currency = "USD", AvailableNanos = 100, HeldNanos = held, Status = WalletStatus.Healthy,
    };
}
