using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Metering.Tests;

public sealed class QueryTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero));
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Days_of_a_zone_with_summer_time_begin_and_end_at_its_own_midnight()
    {
        // Berlin: summer time ends on 25 October 2026 at 01:00 UTC, so that day has 25 hours, from 22:00 UTC to 23:00 UTC.
        await RecordAtAsync("2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999999Z", "2026-10-25T23:00:00Z");

        Assert.Equal(["2026-10-24 1", "2026-10-25 2", "2026-10-26 1"], await CallsByAsync(SpendDimension.Day, "Europe/Berlin"));
        Assert.Equal(["2026-10-24 2", "2026-10-25 2"], await CallsByAsync(SpendDimension.Day, ""));
    }

    [Fact(Timeout = 300_000)]
    public async Task Hours_and_months_follow_zones_with_odd_offsets()
    {
        // Kathmandu is 5:45 ahead.
        await RecordAtAsync("2026-09-30T18:14:59Z", "2026-09-30T18:15:00Z", "2026-09-30T19:15:00Z");

        Assert.Equal(["2026-09-30T23:00+05:45 1", "2026-10-01T00:00+05:45 1", "2026-10-01T01:00+05:45 1"], await CallsByAsync(SpendDimension.Hour, "Asia/Kathmandu"));
        Assert.Equal(["2026-09 1", "2026-10 2"], await CallsByAsync(SpendDimension.Month, "Asia/Kathmandu"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Query_groups_in_the_asked_order_and_filters()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 300).Select(Events.Varied)]);
        var all = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Team, SpendDimension.Model } });
        var one = await _metering.QueryAsync(new QuerySpendRequest
        {
            Filters = { Spend.Only(SpendDimension.Team, "team_search"), Spend.Only(SpendDimension.Model, "gpt-4o") },
        });

        Assert.Equal(12, all.Rows.Count);
        Assert.Equal(["team_platform", "gpt-4.1-nano"], all.Rows[0].Keys);
        Assert.Equal(300, all.Total.Calls);
        Assert.Equal(60, all.Total.UnpricedCalls);
        Assert.Equal("USD", all.Currency);
        Assert.Equal(all.Rows.Single(row => row.Keys is ["team_search", "gpt-4o"]).CostNanos, one.Total.CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Running_month_is_compared_with_as_much_of_the_month_before_whatever_end_is_named()
    {
        // Now is 24 November, midnight UTC.
        await RecordAtAsync("2026-10-23T23:59:59Z", "2026-10-24T00:15:00Z", "2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z");

        foreach (var to in new[] { "2026-12-01T00:00:00Z", "2026-11-24T00:15:00Z" })
        {
            var answer = await _metering.QueryAsync(new QuerySpendRequest
            {
                From = Spend.At("2026-11-01").ToTimestampUtc(), To = DateTimeOffset.Parse(to, System.Globalization.CultureInfo.InvariantCulture).ToTimestampUtc(), Compare = true,
            });

            Assert.Equal((2, 1), (answer.Total.Calls, answer.Total.Previous.Calls));
            Assert.Equal((Spend.At("2026-10-01"), Spend.At("2026-10-24T00:15Z")), (answer.PreviousFrom.ToMoment(), answer.PreviousTo.ToMoment()));
        }
    }

    [Theory(Timeout = 300_000)]
    [InlineData("Mars/Olympus")]
    [InlineData("XYZ+3")]
    public async Task Unknown_time_zone_is_refused(string zone)
    {
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.QueryAsync(new QuerySpendRequest { TimeZone = zone }));
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(error));
    }

    [Fact(Timeout = 300_000)]
    public async Task Run_rate_adds_quarter_hours_days_and_the_zones_month()
    {
        // Now is 24 November, midnight UTC; each event costs 450,000.
        await RecordAtAsync(
            "2026-10-31T23:30:00Z", "2026-11-01T00:00:00Z", "2026-11-17T00:00:00Z", "2026-11-20T10:00:00Z", "2026-11-23T12:00:00Z", "2026-11-23T23:30:00Z");
        var rate = await _metering.Get<GetRunRate>().RunAsync(new GetRunRateRequest(), TestContext.Current.CancellationToken);

        Assert.Equal(450_000, rate.LastHourNanos);
        Assert.Equal(900_000, rate.LastDayNanos);
        Assert.Equal(1_350_000, rate.Last7DaysNanos);
        Assert.Equal(2_250_000, rate.MonthToDateNanos);
        Assert.Equal(257_143, rate.DailyRunRateNanos);
        Assert.Equal(2_250_000 + 1_800_000, rate.MonthProjectedNanos);

        // In Berlin the last half hour of October is already November.
        var berlin = await _metering.Get<GetRunRate>().RunAsync(new GetRunRateRequest { TimeZone = "Europe/Berlin" }, TestContext.Current.CancellationToken);
        Assert.Equal(2_700_000, berlin.MonthToDateNanos);
        Assert.Equal(new RunRate { Currency = "USD", AsOf = rate.AsOf }, await _metering.Get<GetRunRate>().RunAsync(
            new GetRunRateRequest { Filters = { Spend.Only(SpendDimension.Team, "team_search") } }, TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 300_000)]
    public async Task Pages_hold_every_record_once_newest_first_though_moments_are_equal()
    {
        var events = Enumerable.Range(0, 257).Select(Events.Varied).ToList();
        events.ForEach(usage => usage.OccurredAt = events[events.IndexOf(usage) / 20 * 20].OccurredAt);
        await _metering.RecordAsync(events);
        var listed = new List<UsageRecord>();
        var request = new ListUsageRequest { PageSize = 50 };
        do
        {
            var page = await _metering.Get<ListUsage>().RunAsync(request, TestContext.Current.CancellationToken);
            Assert.InRange(page.Records.Count, 1, 50);
            listed.AddRange(page.Records);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(257, listed.Select(record => record.RecordId).Distinct().Count());
        Assert.Equal(listed.OrderByDescending(record => record.Event.OccurredAt.ToDateTimeOffset()).ThenByDescending(record => record.RecordId, StringComparer.Ordinal), listed);
    }

    [Fact(Timeout = 300_000)]
    public async Task List_filters_by_team_time_and_attempt()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 100).Select(Events.Varied)]);
        var list = _metering.Get<ListUsage>();
        var team = await list.RunAsync(new ListUsageRequest { Filters = { Spend.Only(SpendDimension.Team, "team_search") } }, TestContext.Current.CancellationToken);
        Assert.Equal(33, team.Records.Count);
        var one = team.Records[5];
        var byAttempt = await list.RunAsync(new ListUsageRequest { AttemptId = one.Event.AttemptId }, TestContext.Current.CancellationToken);
        Assert.Equal(one, Assert.Single(byAttempt.Records));
        var byTime = await list.RunAsync(
            new ListUsageRequest { From = one.Event.OccurredAt, To = (one.Event.OccurredAt.ToDateTimeOffset() + TimeSpan.FromSeconds(1)).ToTimestampUtc() },
            TestContext.Current.CancellationToken);
        Assert.Equal(one, Assert.Single(byTime.Records));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("rubbish!")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Foreign_page_token_is_refused(string token)
    {
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() =>
            _metering.Get<ListUsage>().RunAsync(new ListUsageRequest { PageToken = token }, TestContext.Current.CancellationToken));
        Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(error));
    }

    [Fact(Timeout = 300_000)]
    public async Task Stream_is_ordered_by_attempt_and_record_and_filters_window_and_funding()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 200).Select(Events.Varied)]);
        var all = await _metering.StreamAsync();
        var history = await _metering.StreamAsync(new StreamUsageRequest
        {
            OccurredFrom = Events.Varied(50).OccurredAt, OccurredBefore = Events.Varied(150).OccurredAt, Funding = { Funding.History },
        });

        Assert.Equal(all.OrderBy(record => record.Event.AttemptId, StringComparer.Ordinal).ThenBy(record => record.RecordId, StringComparer.Ordinal), all);
        Assert.Equal(Enumerable.Range(50, 100).Count(number => number % 7 == 0), history.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Readers_of_streams_who_do_not_read_on_leave_connections_for_the_intake()
    {
        var few = new NpgsqlConnectionStringBuilder(_metering.ConnectionString) { MaxPoolSize = 24, Timeout = 5 }.ConnectionString;
        await using var replica = _metering.Another(_time, services => services.AddSingleton(_ => NpgsqlDataSource.Create(few)));
        await replica.RecordAsync(Events.New("one"), Events.New("two"));
        var streams = new List<IAsyncEnumerator<UsageRecord>>();
        for (var opened = 0; opened < 8; opened++)
        {
            streams.Add(Open());
            Assert.True(await streams[^1].MoveNextAsync());
        }

        for (var refused = 0; refused < 16; refused++)
        {
            var busy = await Assert.ThrowsAsync<RpcException>(async () => await Open().MoveNextAsync());
            Assert.Equal((StatusCode.ResourceExhausted, Reasons.StreamsBusy), (busy.StatusCode, RpcErrors.ReasonOf(busy)));
        }

        Assert.Equal(RecordOutcome.Accepted, (await replica.RecordAsync(Events.New("three"))).Results[0].Outcome);
        await streams[0].DisposeAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, (await replica.StreamAsync()).Count);
        foreach (var stream in streams.Skip(1))
        {
            await stream.DisposeAsync();
        }

        IAsyncEnumerator<UsageRecord> Open() =>
            replica.Get<StreamUsage>().RunAsync(new StreamUsageRequest(), TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
    }

    private async Task RecordAtAsync(params string[] moments) =>
        await _metering.RecordAsync([.. moments.Select(moment => Events.New(moment, DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture)))]);

    private async Task<string[]> CallsByAsync(SpendDimension dimension, string zone) =>
        [.. (await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { dimension }, TimeZone = zone })).Rows.Select(row => $"{row.Keys[0]} {row.Calls}")];
}
