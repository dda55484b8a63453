using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Dashboard.Figures;

/// <summary>One wallet as people know it: what leases have not drawn is available. <paramref name="TeamId"/> is empty for the organisation's.</summary>
public sealed record WalletLine(
    string TeamId, string Name, string Currency, Money Available, Money Held, Money Suspense, Money Spent, Money Overage, WalletStatus Status)
{
    /// <summary>What the wallet was given and still answers for, so that the four parts add up to it.</summary>
    public Money Funded => Available + Held + Suspense + Spent;
}

/// <param name="Organisation">Null before the organisation has a wallet.</param>
/// <param name="Teams">By team id.</param>
public sealed record WalletFigures(WalletLine? Organisation, IReadOnlyList<WalletLine> Teams)
{
    /// <summary>The organisation's currency; empty before it has a wallet.</summary>
    public string Currency => Organisation?.Currency ?? "";

    public WalletLine? Of(string teamId) => teamId.Length == 0 ? Organisation : Teams.FirstOrDefault(wallet => wallet.TeamId == teamId);

    public string NameOf(string teamId) => Of(teamId) is { Name.Length: > 0 } wallet ? wallet.Name : teamId;
}

internal sealed class WalletReader(Wallet.WalletClient wallet, TimeProvider time)
{
    public async Task<WalletFigures> ReadAsync(CancellationToken cancellationToken)
    {
        var answer = await wallet.ListWalletsAsync(new ListWalletsRequest(), deadline: Patience.Until(time), cancellationToken: cancellationToken);
        var lines = answer.Wallets.ToLookup(view => view.Scope == WalletScope.Organisation, ToLine);
        return new WalletFigures(lines[true].FirstOrDefault(), [.. lines[false]]);
    }

    private static WalletLine ToLine(WalletView view) => new(
        view.TeamId,
        view.Name,
        view.Currency,
        new Money(view.AvailableNanos + view.LeasedUndrawnNanos),
        new Money(view.HeldNanos - view.LeasedUndrawnNanos),
        new Money(view.SuspenseNanos),
        new Money(view.SpentNanos),
        new Money(view.OverageNanos),
        view.Status);
}
