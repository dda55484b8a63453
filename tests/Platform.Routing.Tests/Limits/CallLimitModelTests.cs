using Platform.Routing.Limits;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Limits;

/// <summary>
/// Ten thousand random things on two replicas, against a model that only knows which calls are open and what ended ones have used: calls of many keys, short and of
/// minutes, idle times, exchanges that fail, and a policy that takes measures away and puts them back.
/// </summary>
public sealed class CallLimitModelTests(ITestOutputHelper output)
{
    private const int Operations = 10_000;
    private const int Keys = 40;
    private const int Parallel = 3;

    private static readonly RouteLimit Whole = new("limit", LimitScope.Key, "", 100, 0, 1_000_000, 50_000_000, Parallel, 100, TimeSpan.Zero);

    [Theory]
    // Seed, of 1,000 exchanges how many never take place, and of how many the answer is lost.
    [InlineData(1, 0, 0)]
    [InlineData(2, 20, 0)]
    [InlineData(3, 20, 10)]
    public async Task Counts_are_what_calls_have_used_and_no_more_run_than_may(int seed, int failed, int lost)
    {
        var (random, fates) = (new Random(seed), new Random(-seed));
        using var world = new CallLimitWorld(2)
        {
            Fate = () => fates.Next(1_000) is var at && at < failed ? ExchangeFate.Failed : at < failed + lost ? ExchangeFate.AnswerLost : ExchangeFate.Done,
        };
        RouteLimit[][] policies = [[Whole], [Whole with { TokensPerDay = 0, ParallelRequests = 0 }]];
        var (open, tokens, requests, policy, refused, most) = (new List<OpenCall>(), new long[Keys], new long[Keys], 0, 0, 0);
        for (var operation = 0; operation < Operations; operation++)
        {
            var action = random.Next(1_000);
            if (action < 500)
            {
                var (key, estimate, replica) = (random.Next(Keys), random.Next(1, 20_000), world.Replicas[random.Next(2)]);
                var outcome = await world.AcquireAsync(replica, policies[policy], Name(key), estimate);
                if (outcome.Permit is { } permit)
                {
                    open.Add(new OpenCall(permit, replica, key, IsWhole: policy == 0));
                    most = Math.Max(most, open.Count);
                    requests[key]++;
                    Assert.True(open.Count(call => call.IsWhole && call.Key == key) <= Parallel, $"{operation}: more than {Parallel} of {Name(key)} run.");
                }

                refused += outcome.Permit is null ? 1 : 0;
            }
            else if (action < 940 && open.Count > 0)
            {
                End(open, random.Next(open.Count), random.Next(0, 30_000), tokens);
            }
            else if (action < 943)
            {
                policy = 1 - policy;
            }
            else if (action >= 950)
            {
                world.Pass(TimeSpan.FromMilliseconds(random.Next(120_000)));
                RequireLookedAfter(world, open);
            }
        }

        output.WriteLine($"{requests.Sum()} calls passed, {refused} were refused, at most {most} were open at once, until {world.Time.GetUtcNow():t}.");
        Assert.True(requests.Sum() > 2_000 && refused > 100 && most > 30, "The model was hardly tried.");
        while (open.Count > 0)
        {
            End(open, 0, random.Next(0, 30_000), tokens);
        }

        world.Pass(TimeSpan.FromMinutes(5));
        Assert.All(world.Replicas, replica => Assert.Empty(replica.Counts.All));
        for (var key = 0; key < Keys; key++)
        {
            Assert.Equal(0, world.Held("limit", Name(key)));
            var used = (Name(key), world.Used("limit", Name(key), LimitMeasure.TokensPerDay), world.Used("limit", Name(key), LimitMeasure.RequestsPerDay));
            var lostOf = (Tokens: world.Lost("limit", Name(key), LimitMeasure.TokensPerDay), Requests: world.Lost("limit", Name(key), LimitMeasure.RequestsPerDay));
            Assert.Equal((Name(key), tokens[key] + lostOf.Tokens, requests[key] + lostOf.Requests), used);
        }
    }

    private static string Name(int key) => $"key_{key}";

    private static void End(List<OpenCall> open, int at, long used, long[] tokens)
    {
        var call = open[at];
        open.RemoveAt(at);
        call.Permit.Use(used);
        call.Permit.Dispose();
        tokens[call.Key] += call.IsWhole ? used : 0;
    }

    /// <summary>Of a key there is one count, and what an open call will settle with is one that exchanges go on for.</summary>
    private static void RequireLookedAfter(CallLimitWorld world, List<OpenCall> open)
    {
        foreach (var replica in world.Replicas)
        {
            var all = replica.Counts.All.ToHashSet();
            Assert.Equal(all.Count, all.DistinctBy(gauge => gauge.Key).Count());
            Assert.All(open.Where(call => call.Replica == replica).SelectMany(call => call.Permit.Gauges), gauge => Assert.Contains(gauge, all));
        }
    }

    private sealed record OpenCall(LimitPermit Permit, CallLimitReplica Replica, int Key, bool IsWhole);
}
