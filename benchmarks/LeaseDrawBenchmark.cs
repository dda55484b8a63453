using System.Diagnostics;
using Platform.Routing.Leases;

namespace Platform.Benchmarks;

/// <summary>
/// Draws and give-backs of one lease in the gateway's memory, without the journal, by as many threads as there are cores. The baseline does the same behind
/// a lock, and is measured in turn with it.
/// </summary>
internal static class LeaseDrawBenchmark
{
    private const int Rounds = 5;
    private const int DrawsEach = 400_000;
    private const long Bound = 1_000;

    public static Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        var (leases, locks) = (new List<Sample>(), new List<Sample>());
        for (var round = 0; round <= Rounds && !cancellationToken.IsCancellationRequested; round++)
        {
            var (lease, behindLock) = (Measure(NewLease()), Measure(new LockedBalance()));
            if (round > 0)
            {
                // The first round warms up.
                leases.Add(lease);
                locks.Add(behindLock);
            }
        }

        const string baseline = "behind a lock";
        IReadOnlyList<Figure> figures =
        [
            new("lease_draw_p50", Median(leases, sample => sample.Percentile(0.5)), "ns", Median(locks, sample => sample.Percentile(0.5)), baseline),
            new("lease_draw_p99", Median(leases, sample => sample.Percentile(0.99)), "ns", Median(locks, sample => sample.Percentile(0.99)), baseline),
            new("lease_draw_allocated", leases.Max(sample => sample.BytesPerDraw), "B per draw"),
            new("lease_draws", Median(leases, sample => sample.PerSecond), "1/s", Median(locks, sample => sample.PerSecond), baseline),
        ];
        return Task.FromResult(figures);
    }

    private static HeldLease NewLease()
    {
        var lease = new HeldLease(
            Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), new LeaseSubject("team_bench", "", "", "key_bench", "USD"), new LeaseOptions(), TimeProvider.System,
            attend: _ => { });
        lease.Answered(TimeProvider.System.GetTimestamp(), LeaseBalance.MaxNanos, timeToLiveSeconds: 3600);
        return lease;
    }

    private static Sample Measure(HeldLease lease) => Measure(() => lease.TryDraw(Bound), () => lease.GiveBack(Bound, Bound / 4));

    private static Sample Measure(LockedBalance balance) => Measure(() => balance.TryDraw(Bound), () => balance.GiveBack(Bound, Bound / 4));

    /// <summary>Times each draw alone, the clock's own reading included; gives back outside of it.</summary>
    private static Sample Measure(Func<bool> tryDraw, Action giveBack)
    {
        var all = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new long[DrawsEach]).ToList();
        var allocated = 0L;
        using var start = new Barrier(all.Count + 1);
        var threads = all.Select(ticks => new Thread(() =>
        {
            start.SignalAndWait();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var draw = 0; draw < ticks.Length; draw++)
            {
                var began = Stopwatch.GetTimestamp();
                var drawn = tryDraw();
                ticks[draw] = Stopwatch.GetTimestamp() - began;
                if (drawn)
                {
                    giveBack();
                }
            }

            Interlocked.Add(ref allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        start.SignalAndWait();
        var started = Stopwatch.GetTimestamp();
        threads.ForEach(thread => thread.Join());
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new Sample([.. all.SelectMany(ticks => ticks).Order()], seconds, allocated);
    }

    private static double Median(List<Sample> samples, Func<Sample, double> figure) => samples.Select(figure).Order().ElementAt(samples.Count / 2);

    private sealed record Sample(long[] SortedTicks, double Seconds, long Bytes)
    {
        public double PerSecond => SortedTicks.Length / Seconds;

        public double BytesPerDraw => (double)Bytes / SortedTicks.Length;

        public double Percentile(double quantile) =>
            SortedTicks[(int)Math.Ceiling(quantile * SortedTicks.Length) - 1] * 1e9 / Stopwatch.Frequency;
    }

    private sealed class LockedBalance
    {
        private readonly Lock _gate = new();
        private readonly long _deadline = long.MaxValue;
        private long _undrawn = LeaseBalance.MaxNanos;
        private long _drawn;
        private long _lastDraw;

        public bool TryDraw(long bound)
        {
            var now = TimeProvider.System.GetTimestamp();
            lock (_gate)
            {
                if (now >= _deadline || _undrawn < bound)
                {
                    return false;
                }

                _lastDraw = Math.Max(_lastDraw, now);

                _undrawn -= bound;
                return true;
            }
        }

        public void GiveBack(long bound, long spent)
        {
            lock (_gate)
            {
                _drawn += spent;
                _undrawn += bound - spent;
            }
        }
    }
}
