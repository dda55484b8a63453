using CsCheck;
using Platform.Wallet.Allocations;

namespace Platform.Wallet.Tests.Funds;

public sealed class SpendOrderTests(ITestOutputHelper output)
{
    // What is left of each period's money (in the order of their ends, last the money without an end) when so much is unspent.
    [Theory]
    [InlineData("50 70 0", 120, "50 70 0")]
    [InlineData("50 70 0", 100, "30 70 0")]
    [InlineData("50 70 0", 70, "0 70 0")]
    [InlineData("50 70 0", 10, "0 10 0")]
    [InlineData("50 70 30", 0, "0 0 0")]
    [InlineData("50 70 30", 25, "0 0 25")]
    [InlineData("0 0 0", 0, "0 0 0")]
    // More came back than went out: it belongs to no period.
    [InlineData("50 70 0", 125, "50 70 5")]
    [InlineData("0", 9, "9")]
    public void Money_is_spent_in_the_order_in_which_its_periods_end(string remaining, long unspent, string expected) =>
        Assert.Equal(expected, string.Join(' ', SpendOrder.Settle([.. remaining.Split(' ').Select(long.Parse)], unspent)));

    /// <summary>
    /// The model keeps every coin: it takes coins one by one from the heap that ends first, remembers from where it took each, and puts back in the reverse order; coins
    /// that it never took lie on the last heap and are the first to go again. The service knows only balances.
    /// </summary>
    [Fact]
    public void Balances_alone_tell_whose_money_was_spent() =>
        Gen.Select(Gen.Long[0, 20].Array[1, 5], Gen.Long[-15, 15].Array[0, 20]).Sample(
            (heaps, steps) =>
            {
                var coins = heaps.ToArray();
                var taken = new Stack<int>();
                var unspent = heaps.Sum();
                var surplus = 0;
                foreach (var step in steps)
                {
                    // Below 0: something came back.
                    for (var i = 0; i < Math.Abs(step); i++)
                    {
                        if (step < 0)
                        {
                            surplus += taken.Count == 0 ? 1 : 0;
                            coins[taken.TryPop(out var from) ? from : ^1]++;
                            unspent++;
                        }
                        else if (surplus > 0)
                        {
                            surplus--;
                            coins[^1]--;
                            unspent--;
                        }
                        else if (unspent > 0)
                        {
                            var from = Array.FindIndex(coins, heap => heap > 0);
                            coins[from]--;
                            taken.Push(from);
                            unspent--;
                        }
                    }
                }

                return SpendOrder.Settle(heaps, unspent).SequenceEqual(coins);
            },
            writeLine: output.WriteLine);
}
