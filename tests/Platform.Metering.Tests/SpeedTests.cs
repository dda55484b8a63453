using System.Diagnostics;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.Tests;

/// <summary>Measures, asserts only exactness, and runs only when asked for: <c>-explicit only -class Platform.Metering.Tests.SpeedTests -showliveoutput</c>.</summary>
public sealed class SpeedTests(ITestOutputHelper output)
{
    private const int Batch = 1_000;

    [Fact(Explicit = true, Timeout = 900_000)]
    public async Task Intake_and_queries_are_measured()
    {
        var batches = int.Parse(Environment.GetEnvironmentVariable("KT_SPEED_BATCHES") ?? "200", System.Globalization.CultureInfo.InvariantCulture);
        await using var metering = await MeteringFixture.CreateAsync();
        await metering.RecordAsync(Make(0));
        var made = 1;
        foreach (var writers in new[] { 1, 2, 4 })
        {
            await MeasureAsync($"intake, {writers} at a time", metering, made, batches, writers);
            made += batches;
        }

        await MeasureAsync("replay, 4 at a time", metering, 1, batches, 4);
        Assert.Equal((long)made * Batch, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"));
        await metering.ScalarAsync<object>("ANALYZE; SELECT 1");
        await MeasureQueriesAsync(metering);
    }

    private async Task MeasureAsync(string name, MeteringFixture metering, int first, int count, int writers)
    {
        var sent = Enumerable.Range(first, count).Select(Make).ToList();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            sent, new ParallelOptions { MaxDegreeOfParallelism = writers, CancellationToken = TestContext.Current.CancellationToken },
            async (events, _) => await metering.RecordAsync(events));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var spent = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        output.WriteLine($"{name}: {count * Batch / seconds:N0} events/s, {spent.TotalMilliseconds / count:0.0} ms CPU of this process a batch");
    }

    private async Task MeasureQueriesAsync(MeteringFixture metering)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        output.WriteLine($"{await metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"):N0} records of " +
            $"{await metering.ScalarAsync<long>("SELECT pg_total_relation_size('usage_record') / (SELECT count(*) FROM usage_record)")} bytes with indexes, " +
            $"{await metering.ScalarAsync<long>("SELECT count(*) FROM usage_rollup"):N0} roll-up rows");
        await TimeAsync("spend by day and team", () => metering.QueryAsync(new QuerySpendRequest
        {
            GroupBy = { SpendDimension.Day, SpendDimension.Team }, TimeZone = "Europe/Berlin",
        }));
        await TimeAsync("run rate", () => metering.Get<GetRunRate>().RunAsync(new GetRunRateRequest(), cancellationToken));
        await TimeAsync("newest page", () => metering.Get<ListUsage>().RunAsync(new ListUsageRequest(), cancellationToken));
        await TimeAsync("a team's page", () => metering.Get<ListUsage>().RunAsync(new ListUsageRequest { Filters = { Spend.Only(SpendDimension.Team, "team_search") } }, cancellationToken));
        await TimeAsync("first record of the stream of all", async () =>
        {
            await foreach (var _ in metering.Get<StreamUsage>().RunAsync(new StreamUsageRequest(), cancellationToken))
            {
                break;
            }
        });
    }

    private async Task TimeAsync(string name, Func<Task> query)
    {
        var times = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await query();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine($"{name}: median {times[times.Count / 2]:0.0} ms, worst {times[^1]:0.0} ms");
    }

    /// <summary>A batch as a gateway ships it: a minute or so of calls, attempt ids made when they were sent.</summary>
    private static List<UsageEvent> Make(int batch)
    {
        var start = new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(batch);
        return [.. Enumerable.Range(0, Batch).Select(number =>
        {
            var usage = Events.Varied((batch * Batch) + number);
            usage.OccurredAt = start.AddMilliseconds(number * 60).ToTimestampUtc();

            // In the order of time, as version 7 ids are, and the same again for the replay.
            usage.AttemptId = usage.EventId = $"{start.ToUnixTimeMilliseconds() >> 16:x8}-{start.ToUnixTimeMilliseconds() & 0xFFFF:x4}-7000-8000-{number:x12}";
            usage.Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            return usage;
        })];
    }
}
