using CsCheck;
using Platform.Routing.Leases;

namespace Platform.Routing.Tests.Leases;

public sealed class LeaseBalanceTests(ITestOutputHelper output)
{
    /// <summary>What one caller does with each of its draws: the bound, and what of it is spent in thousandths.</summary>
    private static readonly Gen<(long Bound, int Spent)[]> Caller = Gen.Select(Gen.Long[1, 50], Gen.Int[0, 1000]).Array[1, 300];

    [Fact]
    public void Balance_drawn_by_many_threads_never_gives_out_more_than_was_granted_and_keeps_exact_totals() =>
        Gen.Select(Caller.Array[2, 6], Gen.Long[1, 400].Array[1, 8], Gen.Int[0, 100]).Sample(
            (callers, grants, keep) => Run(callers, grants, keep), writeLine: output.WriteLine, iter: 200, threads: 1);

    [Fact]
    public void Retired_balance_refuses_every_draw_and_counts_what_comes_back()
    {
        var balance = new LeaseBalance();
        balance.Grant(100);
        Assert.True(balance.TryDraw(30, out var left));
        Assert.Equal(70, left);

        balance.Retire();
        balance.Retire();
        Assert.False(balance.TryDraw(1, out left));
        Assert.Equal((70, true), (left, balance.IsRetired));
        balance.Return(0);
        Assert.Equal(new LeaseTotals(100, 70, 0, 30, 0), balance.Read());

        Assert.True(balance.GiveBack(30, 10));
        Assert.Equal(new LeaseTotals(100, 70, 10, 0, 20), balance.Read());
        balance.Return(0);
        Assert.Equal(new LeaseTotals(100, 90, 10, 0, 0), balance.Read());
    }

    [Fact]
    public void Grant_takes_running_totals_so_that_an_overtaken_answer_changes_nothing()
    {
        var balance = new LeaseBalance();
        Assert.Equal(60, balance.Grant(60));
        Assert.Equal(40, balance.Grant(100));
        Assert.Equal(0, balance.Grant(60));
        Assert.Equal(0, balance.Grant(100));
        Assert.Equal(100, balance.UndrawnNanos);
    }

    [Fact]
    public void Return_keeps_what_is_asked_for_and_never_more_than_there_is()
    {
        var balance = new LeaseBalance();
        balance.Grant(100);
        balance.Return(200);
        Assert.Equal(new LeaseTotals(100, 0, 0, 0, 100), balance.Read());
        balance.Return(25);
        Assert.Equal(new LeaseTotals(100, 75, 0, 0, 25), balance.Read());
    }

    private static void Run((long Bound, int Spent)[][] callers, long[] grants, int keep)
    {
        var balance = new LeaseBalance();
        var (given, spent) = (0L, 0L);
        var running = callers.Length;
        var threads = callers.Select(draws => new Thread(() =>
        {
            var inFlight = new Queue<(long Bound, int Spent)>();
            foreach (var draw in draws)
            {
                if (balance.TryDraw(draw.Bound, out _))
                {
                    Interlocked.Add(ref given, draw.Bound);
                    inFlight.Enqueue(draw);
                }

                if (inFlight.Count > 3 || (inFlight.Count > 0 && draw.Bound % 2 == 0))
                {
                    End(inFlight.Dequeue());
                }
            }

            foreach (var draw in inFlight)
            {
                End(draw);
            }

            Interlocked.Decrement(ref running);
        })).ToList();

        void End((long Bound, int Spent) draw)
        {
            var cost = draw.Bound * draw.Spent / 1000;
            Interlocked.Add(ref spent, cost);
            Interlocked.Add(ref given, cost - draw.Bound);
            balance.GiveBack(draw.Bound, cost);
        }

        threads.ForEach(thread => thread.Start());
        var granted = 0L;
        for (var step = 0; step < grants.Length || Volatile.Read(ref running) > 0; step++)
        {
            if (step < grants.Length)
            {
                granted += grants[step];
                balance.Grant(granted);
            }
            else if (step == grants.Length + 1)
            {
                balance.Return(keep);
            }
            else if (step == grants.Length + 2)
            {
                balance.Retire();
            }

            // Given to callers and not given back can never be more than what was granted and not returned, nor can any figure be below zero.
            var totals = balance.Read();
            Assert.True(totals is { ReturnedNanos: >= 0, DrawnNanos: >= 0, OpenNanos: >= 0, UndrawnNanos: >= 0 }, totals.ToString());
            Assert.Equal(totals.GrantedNanos, totals.ReturnedNanos + totals.DrawnNanos + totals.OpenNanos + totals.UndrawnNanos);
            Assert.True(Interlocked.Read(ref given) <= granted - totals.ReturnedNanos);
        }

        threads.ForEach(thread => Assert.True(thread.Join(TimeSpan.FromSeconds(30))));
        balance.Retire();
        balance.Return(0);
        Assert.Equal(new LeaseTotals(granted, granted - spent, spent, 0, 0), balance.Read());
    }
}
