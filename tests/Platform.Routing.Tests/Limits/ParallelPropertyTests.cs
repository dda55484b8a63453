using CsCheck;
using Platform.Routing.Limits;

namespace Platform.Routing.Tests.Limits;

public sealed class ParallelPropertyTests(ITestOutputHelper output)
{
    private static readonly Gen<(int PauseMs, int Replica, int Action, int Pick, ExchangeFate Fate)> Step = Gen.Select(
        Gen.Frequency((8, Gen.Int[0, 300]), (1, Gen.Int[300, 7_000])), Gen.Int[0, 2], Gen.Int[0, 99], Gen.Int[0, 99],
        Gen.Frequency((20, Gen.Const(ExchangeFate.Done)), (1, Gen.Const(ExchangeFate.Failed)), (1, Gen.Const(ExchangeFate.AnswerLost))));

    [Fact]
    public void Never_more_run_than_the_limit_on_replicas_that_the_database_hears_of() => Gen.Select(Gen.Long[1, 30], Step.Array[1, 500]).Sample(
        (limit, steps) =>
        {
            var world = new LimitWorld(Spec(limit), 3);
            var running = new List<(LimitReplica Replica, LimitPermit Permit)>();
            var cutOff = new HashSet<LimitPermit>();
            foreach (var (pause, at, action, pick, fate) in steps)
            {
                world.Time.Advance(TimeSpan.FromMilliseconds(pause));

                // What runs on a replica that is cut off for long counts no more: others may have begun in its place.
                cutOff.UnionWith(running.Where(call => world.Time.GetUtcNow() - call.Replica.HeardAt >= SlotDecision.Silence).Select(call => call.Permit));
                if (action == 0)
                {
                    running.RemoveAll(call => call.Replica == world.Replicas[at]);
                    world.Replicas[at] = world.NewReplica();
                }
                else if (action < 40 && running.Count > 0)
                {
                    running[pick % running.Count].Permit.Dispose();
                    running.RemoveAt(pick % running.Count);
                }
                else if (world.TryAcquireAsync(world.Replicas[at], 1, fate).GetAwaiter().GetResult() is { } permit)
                {
                    running.Add((world.Replicas[at], permit));
                }

                world.Replicas.ForEach(replica => world.ExchangeIfDue(replica, fate));
                var heard = running.Count(call => !cutOff.Contains(call.Permit));
                Assert.True(heard <= limit, $"{heard} of {limit} run");
            }
        },
        writeLine: output.WriteLine, iter: 500, threads: 1);

    [Fact]
    public async Task Killed_replicas_parallel_requests_are_free_after_five_seconds()
    {
        var world = new LimitWorld(Spec(5), 2);
        for (var i = 0; i < 5; i++)
        {
            Assert.NotNull(await world.TryAcquireAsync(world.Replicas[0], 1));
        }

        Assert.Null(await world.TryAcquireAsync(world.Replicas[1], 1));
        world.Time.Advance(SlotDecision.Silence - TimeSpan.FromMilliseconds(200));
        Assert.Null(await world.TryAcquireAsync(world.Replicas[1], 1));
        world.Time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.NotNull(await world.TryAcquireAsync(world.Replicas[1], 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(10)]
    public async Task Replica_that_came_late_gets_its_share_from_one_that_had_all(int limit)
    {
        var world = new LimitWorld(Spec(limit), 2);
        var running = new Queue<(int Replica, LimitPermit Permit)>();
        var begun = new int[2];
        for (var step = 0; step < 3_000; step++)
        {
            for (var replica = 0; replica < (step < 500 ? 1 : 2); replica++)
            {
                while (await world.TryAcquireAsync(world.Replicas[replica], 1) is { } permit)
                {
                    running.Enqueue((replica, permit));
                    begun[replica] += step < 500 ? 0 : 1;
                }

                world.ExchangeIfDue(world.Replicas[replica]);
            }

            if (running.TryDequeue(out var ended))
            {
                ended.Permit.Dispose();
            }

            world.Time.Advance(TimeSpan.FromMilliseconds(20));
        }

        Assert.InRange((double)begun[1] / (begun[0] + begun[1]), 0.3, 0.7);
    }

    private static GaugeSpec Spec(long limit) => new(LimitMeasure.ParallelRequests, limit, 100, TimeSpan.Zero);
}
