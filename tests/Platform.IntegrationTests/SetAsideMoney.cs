using Grpc.Core;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests;

/// <summary>
/// What leases took out of wallets and nobody spent. The reconciliation knows attempts only, and a balance that has a forgotten lease in it adds up all the same: that the money comes back is asked
/// of the wallets themselves.
/// </summary>
internal static class SetAsideMoney
{
    /// <summary>A lease whose holder is silent goes to suspense after 50 s, and returns when its holder is heard of.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Waits until no wallet has anything in suspense, or held, but for what leases that live have not drawn. Every attempt must have its end before.</summary>
    public static async Task AssertReturnsAsync(WalletClient wallet, Metadata token, CancellationToken cancellationToken)
    {
        var kept = "";
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    var views = (await wallet.ListWalletsAsync(new ListWalletsRequest(), token, cancellationToken: cancellationToken)).Wallets;
                    kept = string.Join(
                        "; ", views.Where(view => view.SuspenseNanos != 0 || view.HeldNanos != view.LeasedUndrawnNanos)
                            .Select(view => $"{view.WalletId}: held {view.HeldNanos}, undrawn {view.LeasedUndrawnNanos}, suspense {view.SuspenseNanos}"));
                    return kept.Length == 0;
                },
                Limit,
                "all that was set aside to be spent or returned");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} {kept}");
        }
    }
}
