using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;
using Platform.Routing.Leases;
using Platform.Testing;

namespace Platform.Routing.Tests.Leases;

/// <summary>What goes back to Wallet, when, and what is left behind.</summary>
public sealed class LeasePoolReturnTests : LeasePoolTest
{
    [Fact]
    public async Task Recalled_lease_is_drawn_from_no_more_and_all_of_it_goes_back_as_it_comes_free()
    {
        var wallet = new ContractWallet(100_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        Assert.Same(lease, await DrawAsync(pool));

        wallet.IsFrozen = true;
        Assert.True(pool.Recall(lease!.Id));
        await UntilAsync(() => wallet.Available == 100_000 - (2 * Bound), "all but what is in flight to be returned");
        Assert.Null(await DrawAsync(pool));
        Assert.False(lease.TryDraw(1));

        lease.GiveBack(Bound, 30);
        await UntilAsync(() => wallet.Available == 100_000 - Bound - 30, "the first call's rest to be returned");
        Assert.False(wallet.Lease(lease.Id).Closed);
        lease.GiveBack(Bound, Bound);
        await UntilAsync(() => wallet.Lease(lease.Id).Closed, "the lease to be closed");
        Assert.Equal(100_000 - 30 - Bound, wallet.Available);
    }

    [Fact]
    public async Task Recall_of_a_lease_of_another_process_is_not_the_pools() => Assert.False((await StartAsync(new ContractWallet(1))).Recall(Guid.CreateVersion7()));

    [Fact]
    public async Task Idle_lease_is_given_back()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        lease!.GiveBack(Bound, 40);
        for (var second = 0; second < 30; second++)
        {
            Assert.False(wallet.Lease(lease.Id).Closed);
            await Time.AdvanceByALookAsync();
            await Time.AdvanceByALookAsync();
        }

        await UntilAsync(() => wallet.Lease(lease.Id).Closed, "the idle lease to be closed");
        Assert.Equal(1_000_000 - 40, wallet.Available);
        Assert.NotNull(await DrawAsync(pool));
    }

    [Fact]
    public async Task Falling_demand_returns_what_is_not_needed()
    {
        var wallet = new ContractWallet(100_000_000);
        var pool = await StartAsync(wallet);
        HeldLease? lease = null;
        for (var call = 0; call < 20_000; call++)
        {
            lease = await DrawAsync(pool);
            lease!.GiveBack(Bound, Bound);
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var peak = lease!.Totals.UndrawnNanos;
        for (var second = 0; second < 90; second++)
        {
            (await DrawAsync(pool))!.GiveBack(Bound, Bound);
            await Time.AdvanceByALookAsync();
            await Time.AdvanceByALookAsync();
        }

        Assert.True(lease.Totals.UndrawnNanos < peak / 4, $"{lease.Totals} after {peak} undrawn");
    }

    [Fact]
    public void Lease_that_another_one_was_quicker_than_is_dropped_only_while_nothing_was_asked_for_it()
    {
        var (asking, unknown) = (Lease(), Lease());
        Assert.Equal(LeaseAction.Ask, asking.BeginOperation());
        Assert.False(asking.TryDiscard());
        asking.MayExist = true;
        asking.EndOperation();
        Assert.False(asking.TryDiscard());
        asking.Retire();
        Assert.Equal(LeaseAction.Close, asking.BeginOperation());

        Assert.True(unknown.TryDiscard());
        Assert.Equal(LeaseAction.Nothing, unknown.BeginOperation());

        HeldLease Lease() => new(Guid.CreateVersion7(), Support, new LeaseOptions(), Time, _ => { });
    }

    [Fact]
    public async Task Lease_is_in_the_journal_before_the_first_draw_and_out_of_it_after_its_end()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        Assert.Equal(new LeaseRecord(0, MachineBoot.Id), Journal!.Leases()[lease!.Id]);
        lease.GiveBack(Bound, 0);
        pool.Recall(lease.Id);
        await UntilAsync(() => Journal.Leases().Count == 0, "the lease's end in the journal");
    }

    [Fact]
    public async Task Stop_gives_everything_back_when_calls_have_ended()
    {
        var wallet = new ContractWallet(1_000_000);
        var pool = await StartAsync(wallet);
        var lease = await DrawAsync(pool);
        Life.StopApplication();
        await UntilAsync(() => wallet.Available == 1_000_000 - Bound, "the rest to go back while the call is in flight");
        Assert.Null(await DrawAsync(pool));

        var stopping = pool.StopAsync(Cancel);
        lease!.GiveBack(Bound, 60);
        await UntilAsync(
            () =>
            {
                Time.Advance(TimeSpan.FromMilliseconds(20));
                return stopping.IsCompleted;
            },
            "the pool to stop");
        Assert.Equal(1_000_000 - 60, wallet.Available);
        Assert.True(wallet.Lease(lease.Id).Closed);
    }
}
