using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Retention;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>Months of records are dropped while their sums and identities stay.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private static readonly DateTimeOffset March = new(2026, 3, 31, 23, 59, 59, TimeSpan.Zero);
    private static readonly DateTimeOffset April = new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time, retention: 2);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Months_beyond_what_is_kept_go_and_their_sums_stay()
    {
        await _metering.RecordAsync(Events.New("march", March), Events.New("april", April), Events.New("june", _time.GetUtcNow()));
        var before = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Month } });

        Assert.Equal(1, await DropAsync());
        Assert.Equal(["april", "june"], (await _metering.StreamAsync(new StreamUsageRequest { OccurredFrom = April.ToTimestampUtc() })).Select(record => record.Event.EventId).Order());
        Assert.Equal(before, await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Month } }));
        Assert.Equal(["usage_record_2026_04", "usage_record_2026_06"], await PartitionsAsync());
        Assert.Equal(0, await DropAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Old_event_told_again_is_known_whatever_time_it_names_and_an_unknown_one_is_refused()
    {
        await _metering.RecordAsync(Events.New("old", March));
        await DropAsync();

        var results = (await _metering.RecordAsync(Events.New("old", March), Events.New("never told", March), Events.New("april", April))).Results;
        Assert.Equal([RecordOutcome.Duplicate, RecordOutcome.Invalid, RecordOutcome.Accepted], results.Select(result => result.Outcome));
        Assert.Equal(450_000, results[0].CostNanos);
        Assert.Contains("lies before 2026-04-01", results[1].Message);
        Assert.Equal(RecordOutcome.Duplicate, (await _metering.RecordAsync(Events.New("old", _time.GetUtcNow()))).Results[0].Outcome);

        // The same attempt by another teller, and a correction of what is gone.
        var old = results[0].RecordId;
        var attempt = DerivedId.OfAttempt("gateway-1", "old").ToString();
        var late = (await _metering.RecordAsync(
            Events.New("another teller", April, usage => usage.AttemptId = attempt), Events.New("correction", April, usage => usage.CorrectsRecordId = old))).Results;
        Assert.All(late, result => Assert.Equal(RecordOutcome.Invalid, result.Outcome));
        Assert.Contains("no longer kept", late[1].Message);
        Assert.Equal(2, (await _metering.QueryAsync(new QuerySpendRequest())).Total.Calls);
        Assert.DoesNotContain("usage_record_2026_03", await PartitionsAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_that_is_still_kept_gets_no_price_that_its_record_no_longer_gets()
    {
        var record = (await _metering.RecordAsync(Events.New("old", March, usage => usage.ModelServed = "own-model"))).Results[0].RecordId;
        var corrected = new UsageEvent { Source = "finance", EventId = "less", CorrectsRecordId = record, Tokens = new Tokens { Input = -250 }, OccurredAt = April.ToTimestampUtc() };
        Assert.Equal(RecordOutcome.AcceptedUnpriced, (await _metering.RecordAsync(corrected)).Results[0].Outcome);
        await _metering.Get<Intake.Watermark>().KeepFromAsync(April, Cancel);

        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest { Price = PriceRows.New("own-model", Money.NanosPerUnit, Money.NanosPerUnit), IdempotencyKey = "first" }, "key_test", Cancel);
        Assert.Equal(0, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(0, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Drop_that_was_cut_short_is_ended_at_the_next_look()
    {
        await _metering.RecordAsync(Events.New("march", March), Events.New("february", March.AddMonths(-1)));
        await ExecuteAsync("ALTER TABLE usage_record DETACH PARTITION usage_record_2026_02 CONCURRENTLY");

        Assert.Equal(2, await DropAsync());
        Assert.Empty(await PartitionsAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Session_that_ends_amid_a_drop_is_told_as_what_it_is_and_leaves_the_next_look_its_turn()
    {
        var partitions = _metering.Get<PartitionStore>();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => partitions.AloneAsync(
            async connection =>
            {
                await using var end = new NpgsqlCommand("SELECT pg_terminate_backend(pg_backend_pid())", connection);
                return await end.ExecuteNonQueryAsync(Cancel);
            },
            Cancel));

        // The server lets go of what the session held a moment after it has told its client.
        await Eventually.TrueAsync(() => partitions.AloneAsync(_ => Task.FromResult(true), Cancel), TimeSpan.FromSeconds(30), "the next look to have its turn");
    }

    [Fact(Timeout = 300_000)]
    public async Task Intake_goes_on_while_months_are_dropped()
    {
        var sent = Enumerable.Range(0, 40).Select(batch => Enumerable.Range(batch * 50, 50).Select(number =>
            Events.New($"event-{number}", number % 2 == 0 ? March : _time.GetUtcNow().AddSeconds(-number))).ToList()).ToList();
        await _metering.RecordAsync(Events.New("march", March));
        var intake = Parallel.ForEachAsync(sent, Cancel, async (events, _) => await _metering.RecordAsync(events));
        await DropAsync();
        await intake;
        await DropAsync();

        Assert.Equal(1_000, await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"));
        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        Assert.Equal(await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_identity"), total.Calls);
        Assert.Equal(await _metering.ScalarAsync<long>("SELECT sum(cost_nanos)::bigint FROM usage_identity"), total.CostNanos);
    }

    // What is answered; null: it is refused.
    [Theory(Timeout = 300_000)]
    [InlineData("2026-03-01", "2026-04-01", null, null)]
    [InlineData("2026-03-31T23:00Z", "2026-06-01", null, null)]
    [InlineData(null, "2026-06-01", null, null)]
    [InlineData("2026-04-01", "2026-06-01", null, "april late")]
    [InlineData("2026-01-01", "2026-02-01", null, "")]
    [InlineData("2026-02-01", "2026-03-01", null, null)]
    [InlineData("2026-02-01", "2026-06-01", "2026-06-15T11:59:59Z", null)]
    [InlineData("2026-02-01", "2026-06-01", "2026-06-15T12:00Z", "late")]
    public async Task Question_for_what_was_dropped_is_refused_unless_none_of_it_was_recorded_since(string? from, string before, string? recordedAfter, string? answer)
    {
        await _metering.RecordAsync(Events.New("february", March.AddMonths(-1)), Events.New("march", March), Events.New("april", April));
        _time.Advance(TimeSpan.FromDays(1));
        await _metering.RecordAsync(Events.New("late", April));
        await DropAsync();
        var request = new StreamUsageRequest
        {
            OccurredFrom = At(from).ToTimestampUtc(), OccurredBefore = At(before).ToTimestampUtc(), RecordedAfter = At(recordedAfter).ToTimestampUtc(),
        };
        if (answer is not null)
        {
            Assert.Equal(answer, string.Join(' ', (await _metering.StreamAsync(request)).Select(record => record.Event.EventId).Order(StringComparer.Ordinal)));
            return;
        }

        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.StreamAsync(request));
        Assert.Equal((Grpc.Core.StatusCode.FailedPrecondition, Reasons.UsageNotKept), (error.StatusCode, RpcErrors.ReasonOf(error)));
        Assert.Contains(" on; of before, exports", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains($"from {RpcErrors.FactOf(error, Reasons.KeptFromFact)![..10]} (UTC) on", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Month_as_booked_is_refused_where_what_was_booked_in_it_was_dropped_and_answered_where_not()
    {
        await _metering.RecordAsync(Events.New("march", March.AddDays(-1)));
        await _metering.Get<Platform.Metering.Periods.ClosePeriod>().RunAsync(new ClosePeriodRequest { Period = "2026-04", IdempotencyKey = "april" }, "key_finance", Cancel);
        await _metering.RecordAsync(Events.New("late march", March), Events.New("june", _time.GetUtcNow()));
        await DropAsync();

        Assert.Equal(Reasons.UsageNotKept, await BookedRefusalAsync("2026-05-01", "2026-06-01"));
        Assert.Equal(Reasons.UsageNotKept, await BookedRefusalAsync("2026-03-01", "2026-04-01"));
        var june = new StreamUsageRequest { OccurredFrom = At("2026-06-01").ToTimestampUtc(), ByBooked = true };
        Assert.Equal("june", Assert.Single(await _metering.StreamAsync(june)).Event.EventId);
    }

    [Fact(Timeout = 300_000)]
    public async Task Drop_amid_questions_gives_each_all_or_a_refusal()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 200).Select(number => Events.New($"march-{number}", March))]);
        var request = new StreamUsageRequest { OccurredFrom = March.AddDays(-1).ToTimestampUtc() };
        var asking = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var answered = 0; ; answered++)
            {
                try
                {
                    Assert.Equal(200, (await _metering.StreamAsync(request)).Count);
                }
                catch (Grpc.Core.RpcException refusal)
                {
                    Assert.Equal(Reasons.UsageNotKept, RpcErrors.ReasonOf(refusal));
                    return answered;
                }
            }
        }, Cancel)).ToList();
        await DropAsync();
        await Task.WhenAll(asking);
        Assert.Empty(await PartitionsAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Nothing_is_dropped_unless_asked_for()
    {
        await using var keeping = await MeteringFixture.CreateAsync(_time);
        await keeping.RecordAsync(Events.New("ancient", new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.Equal(0, await keeping.Get<DropOldUsage>().RunAsync(Cancel));
        Assert.Single(await keeping.StreamAsync());
    }

    private static DateTimeOffset? At(string? moment) => moment is null ? null : Spend.At(moment);

    private async Task<string?> BookedRefusalAsync(string from, string before) => RpcErrors.ReasonOf(await Assert.ThrowsAsync<Grpc.Core.RpcException>(
        () => _metering.StreamAsync(new StreamUsageRequest { OccurredFrom = At(from).ToTimestampUtc(), OccurredBefore = At(before).ToTimestampUtc(), ByBooked = true })));

    private Task<int> DropAsync() => _metering.Get<DropOldUsage>().RunAsync(Cancel);

    private async Task<List<string>> PartitionsAsync()
    {
        await using var connection = await _metering.Database.OpenConnectionAsync(Cancel);
        return (await PartitionStore.ListAsync(connection, Cancel)).ConvertAll(partition => partition.Name);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _metering.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
