using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

public sealed class CapUnitTests
{
    /// <summary>Each line: accounts as used/limit ("-" for a removed cap) in the order of their ids from 1 | amount → who refuses and what is left there.</summary>
    [Theory]
    [InlineData("0/100", 100, "passes")]
    [InlineData("0/100", 101, "1 left 100")]
    [InlineData("40/100", 61, "1 left 60")]
    [InlineData("100/100", 1, "1 left 0")]
    [InlineData("120/100", 1, "1 left 0")]
    [InlineData("0/100 45/50", 6, "2 left 5")]
    [InlineData("0/100 45/50", 5, "passes")]
    [InlineData("95/100 45/50", 6, "1 left 5")]
    [InlineData("500/-", 1, "passes")]
    [InlineData("500/- 45/50", 6, "2 left 5")]
    [InlineData("", 1, "passes")]
    [InlineData("0/9223372036854775807", 9223372036854775807, "passes")]
    public void An_amount_passes_when_every_cap_leaves_it(string accounts, long amount, string expected)
    {
        var unit = Unit(accounts, out var ids);
        var refusal = unit.Refusal(ids, amount);
        Assert.Equal(expected, refusal is null ? "passes" : $"{refusal.AccountId} left {refusal.Left}");
    }

    [Fact]
    public void What_is_given_back_can_be_debited_again_in_the_same_unit()
    {
        var unit = Unit("100/100 10/50", out var ids);
        unit.Follow([1], new Move(TransferKind.Release, Account.Held, Account.Available, 30));
        Assert.Null(unit.Refusal(ids, 30));
        unit.Follow(ids, new Move(TransferKind.Reserve, Account.Available, Account.Held, 30));
        Assert.Equal(1, unit.Refusal(ids, 1)?.AccountId);
        Assert.Equal([new KeyValuePair<long, long>(2, 30)], unit.Changes);
    }

    [Theory]
    [InlineData("Available to Held", 10)]
    [InlineData("Held to Available", -10)]
    [InlineData("Suspense to Available", -10)]
    [InlineData("Held to Suspense", 0)]
    [InlineData("Suspense to Held", 0)]
    [InlineData("Held to Spent", 0)]
    [InlineData("Suspense to Spent", 0)]
    [InlineData("Available to Spent", 0)]
    [InlineData("Spent to Available", 0)]
    [InlineData("Overage to Spent", 0)]
    public void Only_what_leaves_available_for_a_call_and_what_returns_changes_what_is_used(string move, long expected)
    {
        var accounts = move.Split(" to ").Select(Enum.Parse<Account>).ToArray();
        var unit = Unit("50/100", out var ids);
        unit.Follow(ids, new Move(TransferKind.Unspecified, accounts[0], accounts[1], 10));
        Assert.Equal(expected, unit.Changes.Sum(change => change.Value));
    }

    [Fact]
    public void What_returns_needs_no_lock_and_what_is_taken_does()
    {
        var unit = new CapUnit([]);
        unit.Follow([7], new Move(TransferKind.Release, Account.Held, Account.Available, 30));
        Assert.Equal([new KeyValuePair<long, long>(7, -30)], unit.Changes);
        Assert.Throws<InvalidOperationException>(() => unit.Follow([8], new Move(TransferKind.Reserve, Account.Available, Account.Held, 30)));
    }

    private static CapUnit Unit(string accounts, out long[] ids)
    {
        var rows = accounts.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, index) => (text.Split('/'), index + 1L)).Select(row => new CapAccount(
            row.Item2, $"cap_{row.Item2}", DateTimeOffset.UnixEpoch, row.Item1[1] == "-" ? null : long.Parse(row.Item1[1]), long.Parse(row.Item1[0])) { Amount = 1_000 }).ToList();
        ids = [.. rows.Select(row => row.AccountId)];
        return new CapUnit(rows);
    }
}
