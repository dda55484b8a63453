using Platform.Contracts.Wallet.V1;

namespace Platform.Dashboard.Figures;

internal sealed class WalletReader(Wallet.WalletClient wallet, TimeProvider time)
{
    public async Task<WalletFigures> ReadAsync(CancellationToken cancellationToken) => WalletFigures.From(
        await wallet.ListWalletsAsync(new ListWalletsRequest(), deadline: Patience.Until(time), cancellationToken: cancellationToken));
}
