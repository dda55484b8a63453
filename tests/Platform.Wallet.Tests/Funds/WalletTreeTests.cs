using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

public sealed class WalletTreeTests
{
    private const string Organisation = "wal_organisation";

    // What a movement of 5 does to credited and moved_out.
    [Theory]
    [InlineData(Organisation, "a", "wal_a +5/0, wal_organisation 0/+5")]
    [InlineData("a", Organisation, "wal_a -5/0, wal_organisation 0/-5")]
    [InlineData("a", "a.u", "wal_a 0/+5, wal_a.user.u +5/0")]
    [InlineData("a.u", "a", "wal_a 0/-5, wal_a.user.u -5/0")]
    [InlineData("a", "b", "wal_a -5/0, wal_b +5/0")]
    [InlineData("a.u", "a.v", "wal_a.user.u -5/0, wal_a.user.v +5/0")]
    [InlineData("a.u", "b", "wal_a -5/-5, wal_a.user.u -5/0, wal_b +5/0")]
    [InlineData("a", "b.u", "wal_a -5/0, wal_b +5/+5, wal_b.user.u +5/0")]
    [InlineData("a.u", "b.u", "wal_a -5/-5, wal_a.user.u -5/0, wal_b +5/+5, wal_b.user.u +5/0")]
    [InlineData(Organisation, Organisation, "")]
    public void A_movement_is_counted_on_its_way_up_and_down(string from, string to, string expected) => Assert.Equal(
        expected,
        string.Join(", ", WalletTree.Count(Wallet(from), Wallet(to), 5).Select(wallet => $"{wallet.WalletId} {Signed(wallet.Credited)}/{Signed(wallet.MovedOut)}")));

    [Theory]
    [InlineData(Organisation, "a", true)]
    [InlineData(Organisation, "a.u", true)]
    [InlineData("a", "a.u", true)]
    [InlineData("a.u", "a", false)]
    [InlineData("a", "b.u", false)]
    [InlineData("a", "a", false)]
    public void A_wallet_is_above_those_on_the_way_down(string upper, string lower, bool expected) =>
        Assert.Equal(expected, WalletTree.IsAbove(Wallet(upper), Wallet(lower)));

    [Fact]
    public void A_movement_keeps_each_wallet_balanced_and_repays_overage_first()
    {
        var unit = new LedgerUnit(
            [
                Wallet("a") with { Credited = 30, MovedOut = 20, Available = 10 }, Wallet("a.u") with { Credited = 20, Available = 20 },
                Wallet("b") with { Overage = 3, Spent = 3 },
            ],
            DateTimeOffset.UnixEpoch);
        unit.MoveBetween(TransferKind.Transfer, "wal_a.user.u", "wal_b", 15, new TransferDetails("test", DateTimeOffset.UnixEpoch));

        Assert.Equal("10/0 15-5, 5/0 5-0, 12/3 15-0", string.Join(", ", unit.Changed.Select(w => $"{w.Available}/{w.Spent} {w.Credited}-{w.MovedOut}")));
        Assert.All(unit.Changed, w => Assert.Equal(w.Credited - w.MovedOut + w.Overage, w.Unspent + w.Spent));
        Assert.Equal([TransferKind.Transfer, TransferKind.Repayment], unit.Transfers.Select(transfer => transfer.Kind));
    }

    [Theory]
    [InlineData(TransferKind.Release, "Held", 30, "10/0/20/55 over 0")]
    [InlineData(TransferKind.Release, "Suspense", 5, "0/30/15/55 over 15")]
    [InlineData(TransferKind.Refund, "Spent", 20, "0/30/20/35 over 0")]
    [InlineData(TransferKind.Suspense, "Held", 30, "0/0/50/55 over 20")]
    public void What_comes_back_of_holds_leases_and_refunds_repays_overage_first(TransferKind kind, string from, long amount, string expected)
    {
        var to = kind == TransferKind.Suspense ? Account.Suspense : Account.Available;
        var unit = new LedgerUnit([Wallet("a") with { Credited = 85, Overage = 20, Held = 30, Suspense = 20, Spent = 55 }], DateTimeOffset.UnixEpoch);
        unit.Move("wal_a", new Move(kind, Enum.Parse<Account>(from), to, amount), new TransferDetails("test", DateTimeOffset.UnixEpoch));

        var wallet = unit["wal_a"];
        Assert.Equal(expected, $"{wallet.Available}/{wallet.Held}/{wallet.Suspense}/{wallet.Spent} over {wallet.Overage}");
        Assert.Equal(wallet.Credited + wallet.Overage, wallet.Unspent + wallet.Spent);
    }

    private static WalletAccounts Wallet(string name)
    {
        if (name == Organisation)
        {
            return WalletAccounts.New(Organisation, "", name, "USD", "");
        }

        var parts = name.Split('.');
        return new WalletOwner(parts[0], parts.Length > 1 ? parts[1] : "", "").NewWallet("x", "USD");
    }

    private static string Signed(long amount) => amount > 0 ? $"+{amount}" : $"{amount}";
}
