using Platform.Wallet.Ledger;
using Platform.Wallet.Verification;

namespace Platform.Wallet.Tests.Funds;

public sealed class LedgerReplayTests
{
    // Entries as "from amount to: from_before>from_after to_before>to_after available_after", accounts by number, the last where it is not what the entries of available say; what is found.
    [Theory]
    [InlineData("1 50 2: 0>-50 0>50|2 20 3: 50>30 0>20", "")]
    [InlineData("1 50 2: 0>-50 0>50|2 20 3: 45>25 0>20", "Transfer 2 finds w:available at 45, but the entry before left 50.")]
    [InlineData("1 50 2: 0>-50 0>60", "Transfer 1 moves w:available by 50, but from 0 to 60.")]
    [InlineData("1 50 2: 0>-50 7>57|2 20 3: 57>37 0>20", "Transfer 1 finds w:available at 7, but the entry before left 0.")]
    [InlineData("1 50 2: 0>-50 0>50 51", "Transfer 1 says that w has 51 available after it, but its entries leave 50.")]
    public void An_entry_must_find_its_account_as_the_one_before_left_it(string transfers, string finding)
    {
        var replay = new LedgerReplay();
        var sequence = 0;
        foreach (var transfer in transfers.Split('|'))
        {
            var n = transfer.Split([' ', ':', '>'], StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).ToArray();
            replay.Apply(++sequence, n[1], "w", (Account)n[0], n[3], n[4], "w", (Account)n[2], n[5], n[6], n.ElementAtOrDefault(7) is > 0 and var said ? said : n[2] == 2 ? n[6] : n[4]);
        }

        Assert.Equal(finding, string.Join("; ", replay.Findings));
        Assert.Equal(sequence * 2, replay.Entries);
    }

    [Fact]
    public void A_stated_balance_must_be_what_the_entries_make_also_when_they_are_resumed()
    {
        var replay = new LedgerReplay();
        replay.Resume("wal_a", [0, 100, 5, 0, 0, -3]);
        replay.ApplyEntry(7, "wal_a", Account.Available, -10, 100, 90);
        replay.ApplyEntry(7, "wal_a", Account.Spent, 10, 0, 10);
        var wallet = WalletAccounts.New("wal_a", "a", "A", "USD", "wal_organisation") with { Available = 90, Held = 5, Spent = 10, Overage = 3, Credited = 102 };
        replay.Compare(wallet);
        Assert.Empty(replay.Findings);

        replay.Compare(wallet with { Held = 6 });
        Assert.Equal(["wal_a:held is 6, but its entries add up to 5."], replay.Findings);
    }
}
