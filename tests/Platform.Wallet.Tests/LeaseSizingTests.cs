using CsCheck;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Tests;

/// <summary>Amounts in bounds of 1 nano, so that the least slice is 20.</summary>
public sealed class LeaseSizingTests
{
    // available, undrawn here, undrawn elsewhere, holders, wanted → what is granted.
    [Theory]
    [InlineData("10000 0 0 1 400", "Grant 400")]
    [InlineData("10000 100 0 1 400", "Grant 300")]
    [InlineData("10000 400 0 1 400", "Enough 0")]
    [InlineData("10000 401 0 1 400", "Enough 0")]
    [InlineData("600 0 0 1 400", "Grant 300")]
    [InlineData("600 0 0 3 400", "Grant 100")]
    [InlineData("10000 0 0 1 5", "Grant 20")]
    [InlineData("10000 399 0 1 400", "Grant 20")]
    [InlineData("39 0 0 1 400", "Grant 20")]
    [InlineData("20 0 0 1 400", "Grant 20")]
    [InlineData("19 0 0 1 400", "UseHolds 0")]
    [InlineData("19 300 0 1 400", "UseHolds 0")]
    [InlineData("19 0 300 2 400", "UseHolds 0 recall")]
    [InlineData("59 0 0 3 400", "UseHolds 0")]
    [InlineData("60 0 0 3 400", "Grant 20")]
    [InlineData("40 10 9 3 400", "UseHolds 0 recall")]
    [InlineData("40 10 10 3 400", "Grant 20")]
    [InlineData("0 0 0 1 400", "UseHolds 0")]
    public void A_slice_follows_demand_and_leaves_others_their_share(string state, string expected)
    {
        var numbers = Array.ConvertAll(state.Split(' '), long.Parse);
        var slice = LeaseSizing.Decide(numbers[0], numbers[1], numbers[2], (int)numbers[3], numbers[4], bound: 1);
        Assert.Equal(expected, $"{slice.Kind} {slice.Amount}{(slice.RecallOthers ? " recall" : "")}");
    }

    [Fact]
    public void A_slice_is_there_and_no_more_than_was_asked_for_beyond_the_least() =>
        Gen.Select(Gen.Long[0, long.MaxValue / 4], Gen.Long[0, long.MaxValue / 4], Gen.Long[0, long.MaxValue / 4], Gen.Int[1, 1000], Gen.Long[1, long.MaxValue])
            .Select(Gen.Long[1, long.MaxValue / 100], (state, bound) => (state, bound))
            .Sample(input =>
            {
                var ((available, here, elsewhere, holders, wanted), bound) = input;
                var slice = LeaseSizing.Decide(available, here, elsewhere, holders, wanted, bound);
                var least = (Int128)20 * bound;
                return slice.Kind != LeaseSliceKind.Grant
                    ? slice.Amount == 0
                    : slice.Amount >= least && slice.Amount <= available && slice.Amount <= Int128.Max(least, wanted - here);
            });

    // Every call costs its whole bound, the worst that a gateway can meet.
    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(1, 1_000_000)]
    [InlineData(3, 3_000)]
    [InlineData(3, 1_000_000)]
    public void A_steady_gateway_needs_less_than_one_operation_in_two_hundred_calls(int holders, long balance)
    {
        const int wanted = 400;
        const int low = 100;
        const int calls = 100_000;
        var undrawn = new long[holders];
        var available = balance;
        var operations = 0;
        for (var call = 0; call < calls; call++)
        {
            var holder = call % holders;
            if (undrawn[holder] < low)
            {
                operations++;
                var slice = LeaseSizing.Decide(available, undrawn[holder], undrawn.Sum() - undrawn[holder], holders, wanted, bound: 1);
                Assert.Equal(LeaseSliceKind.Grant, slice.Kind);
                undrawn[holder] += slice.Amount;
                available -= slice.Amount;
            }

            // What is spent comes in again, so that the balance stays where the claim begins.
            undrawn[holder]--;
            available++;
        }

        Assert.True(operations * 200 < calls, $"{operations} operations for {calls} calls.");
    }

    [Fact]
    public void As_a_balance_runs_out_slices_shrink_until_calls_are_held_one_by_one()
    {
        var (available, undrawn, slices) = (1_000L, 0L, new List<long>());
        while (undrawn > 0 || LeaseSizing.Decide(available, 0, 0, 1, 400, 1).Kind == LeaseSliceKind.Grant)
        {
            if (undrawn == 0)
            {
                undrawn = LeaseSizing.Decide(available, 0, 0, 1, 400, 1).Amount;
                available -= undrawn;
                slices.Add(undrawn);
            }

            undrawn--;
        }

        Assert.Equal([400, 300, 150, 75, 37, 20], slices);
        Assert.Equal(18, available);
    }
}
