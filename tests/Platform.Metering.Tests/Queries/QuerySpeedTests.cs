using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.Tests.Queries;

/// <summary>
/// Measures, asserts nothing, and runs only when asked for: <c>-explicit only -class "*QuerySpeedTests" -showliveoutput</c>. The roll-ups are those of 20 million
/// records over 90 days: 12 teams of 20 users with a key each, three models and four workloads a team.
/// </summary>
public sealed class QuerySpeedTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Now = Spend.At("2026-11-24T13:10Z");

    private const string Values = "100, 100, 120000, 20000, 40000, 250000000, 3, 500000, 40, 9000, 4000";

    private const string Fill = $"""
        INSERT INTO usage_summary
        SELECT 3, day, gen_random_uuid(), 'team_' || u % 12, 'user_' || u, CASE WHEN u % 5 = 0 THEN 'bot' ELSE '' END, 'key_' || u, 'workload_' || w, 'standard',
            'openai', 'model_' || (u % 4 + m), 1, 1, true, {Values}
        FROM generate_series('2026-08-27Z'::timestamptz, '2026-11-24Z', '1 day') day, generate_series(0, 239) u, generate_series(0, 2) m, generate_series(0, 3) w;
        INSERT INTO usage_summary
        SELECT 2, day, gen_random_uuid(), 'team_' || t, '', '', '', 'workload_' || w, 'standard', 'openai', 'model_' || (t % 4 + m), o, 1, true, {Values}
        FROM generate_series('2026-08-27Z'::timestamptz, '2026-11-24Z', '1 day') day, generate_series(0, 11) t, generate_series(0, 2) m, generate_series(0, 3) w, generate_series(1, 2) o;
        INSERT INTO usage_summary
        SELECT 1, hour, gen_random_uuid(), 'team_' || t, '', '', '', 'workload_' || w, 'standard', 'openai', 'model_' || (t % 4 + m), 1, 1, true, {Values}
        FROM generate_series('2026-08-27Z'::timestamptz, '2026-11-24T13:00Z', '1 hour') hour, generate_series(0, 11) t, generate_series(0, 2) m, generate_series(0, 3) w;
        INSERT INTO usage_summary
        SELECT 4, span, gen_random_uuid(), 'team_' || t, '', '', '', 'workload_' || w, 'standard', 'openai', 'model_' || (t % 4 + m), 1, 1, true, {Values}
        FROM generate_series('2026-08-27Z'::timestamptz, '2026-11-24T12:00Z', '3 hours') span, generate_series(0, 11) t, generate_series(0, 2) m, generate_series(0, 3) w;
        INSERT INTO usage_summary
        SELECT 5, quarter, gen_random_uuid(), 'team_' || t, '', '', '', 'workload_' || w, 'standard', 'openai', 'model_' || (t % 4 + m), 1, 1, true, {Values}
        FROM generate_series('2026-08-27Z'::timestamptz, '2026-11-24T13:00Z', '15 minutes') quarter, generate_series(0, 11) t, generate_series(0, 2) m, generate_series(0, 3) w;
        INSERT INTO usage_rollup (
            quarter_hour, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced, calls, records, input_tokens,
            cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos)
        SELECT quarter, gen_random_uuid(), 'team_' || u % 12, 'user_' || u, '', 'key_' || u, 'workload_' || w, 'standard', 'openai', 'model_' || (u % 4), 1, 1, true,
            2, 2, 1200, 300, 0, 400, 0, 2500000
        FROM generate_series('2026-08-27Z'::timestamptz, '2026-11-24T13:00Z', '15 minutes') quarter, generate_series(0, 239) u, generate_series(0, 3) w
        WHERE quarter AT TIME ZONE 'UTC' > '2026-11-23' OR extract(hour FROM quarter AT TIME ZONE 'UTC') >= 22;
        ANALYZE;
        SELECT 1
        """;

    [Fact(Explicit = true, Timeout = 900_000)]
    public async Task Queries_are_measured()
    {
        await using var metering = await MeteringFixture.CreateAsync(new FakeTimeProvider(Now));
        await metering.ScalarAsync<object>(Fill);
        foreach (var zone in new[] { "", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland" })
        {
            await TimeAsync($"90 days by day, team, workload {zone}", () => metering.QueryAsync(Last(90, zone, SpendDimension.Day, SpendDimension.Team, SpendDimension.Workload)));
        }

        await TimeAsync("month by team, model, workload, compared", () => metering.QueryAsync(With(
            Last(90, "", SpendDimension.Team, SpendDimension.Model, SpendDimension.Workload), request => (request.From, request.Compare) = (Spend.At("2026-11-01").ToTimestampUtc(), true))));
        await TimeAsync("7 days by hour and model", () => metering.QueryAsync(Last(7, "", SpendDimension.Hour, SpendDimension.Model)));
        await TimeAsync("90 days by hour", () => metering.QueryAsync(Last(90, "", SpendDimension.Hour)));
        await TimeAsync("top 10 users of 30 days, compared", () => metering.QueryAsync(With(
            Last(30, "", SpendDimension.User), request => (request.OrderBy, request.Top, request.Compare) = (SpendMetric.Cost, 10, true))));
        await TimeAsync("90 days by key", () => metering.QueryAsync(Last(90, "", SpendDimension.Key)));
        await TimeAsync("90 days of a team by user and model", () => metering.QueryAsync(With(
            Last(90, "", SpendDimension.User, SpendDimension.Model), request => request.Filters.Add(Spend.Only(SpendDimension.Team, "team_3")))));
        await TimeAsync("90 days of a user by day, Berlin", () => metering.QueryAsync(With(
            Last(90, "Europe/Berlin", SpendDimension.Day), request => request.Filters.Add(Spend.Only(SpendDimension.User, "user_3")))));
        await TimeAsync("30 days by day and outcome", () => metering.QueryAsync(Last(30, "", SpendDimension.Day, SpendDimension.Outcome)));
        await TimeAsync("run rate", () => metering.Get<GetRunRate>().RunAsync(new GetRunRateRequest(), TestContext.Current.CancellationToken));
        await TimeAsync("run rate of a team in New York", () => metering.Get<GetRunRate>().RunAsync(
            new GetRunRateRequest { TimeZone = "America/New_York", Filters = { Spend.Only(SpendDimension.Team, "team_3") } }, TestContext.Current.CancellationToken));
        foreach (var filter in new[] { Spend.Only(SpendDimension.Team, "team_new"), Spend.Only(SpendDimension.User, "user_3"), Spend.Only(SpendDimension.User, "user_new") })
        {
            // Of who is new all days are looked through for a beginning.
            await TimeAsync($"run rate of {filter.Values[0]}", () => metering.Get<GetRunRate>().RunAsync(
                new GetRunRateRequest { Filters = { filter } }, TestContext.Current.CancellationToken));
        }
    }

    private static QuerySpendRequest Last(int days, string zone, params SpendDimension[] by) => new()
    {
        From = Now.AddDays(-days).ToTimestampUtc(), To = Now.AddMinutes(5).ToTimestampUtc(), TimeZone = zone, GroupBy = { by },
    };

    private static QuerySpendRequest With(QuerySpendRequest request, Action<QuerySpendRequest> change)
    {
        change(request);
        return request;
    }

    private async Task TimeAsync(string name, Func<Task> query)
    {
        var times = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await query();
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine($"{name}: best {times[0]:0.0} ms, median {times[times.Count / 2]:0.0} ms, worst {times[^1]:0.0} ms");
    }
}
