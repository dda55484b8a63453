using System.Text.Json;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Queries;
using Platform.Metering.Republishing;
using Platform.Metering.Repricing;
using Platform.Metering.Retention;

namespace Platform.Metering.Tests;

/// <summary>What Wallet is told once more is what it was told.</summary>
public sealed class RepublishTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start.AddDays(2));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time, retention: 2);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Every_item_that_moves_money_is_told_again_as_it_was_told()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 100).Select(Events.Varied)]);
        _time.Advance(TimeSpan.FromSeconds(1));
        var (lease, attempt) = (Guid.CreateVersion7().ToString(), Guid.CreateVersion7().ToString());
        var call = await RecordAsync(Events.New("leased", Start, usage =>
        {
            (usage.LeaseId, usage.BoundNanos, usage.UserId, usage.ApplicationId, usage.AttemptId) = (lease, 900_000, "ada", "app_bot", attempt);
            usage.Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        }));
        await RecordAsync(Events.New("logged", Start, usage => usage.Funding = Funding.External));
        await RecordAsync(Correction(call, -100));
        await RecordAsync(new UsageEvent
        {
            Source = "finance", EventId = "INV-7", Funding = Funding.External, OccurredAt = Start.ToTimestampUtc(), TeamId = "team_support", Provider = "openai", Outcome = Outcome.Succeeded, AdjustmentNanos = -7,
        });

        // A record and its correction that had no price: the first price brings both theirs; a later one for the past corrects them again.
        var unpriced = await RecordAsync(Events.New("unpriced", Start, usage => usage.ModelServed = "own-model"));
        await RecordAsync(Correction(unpriced, -200));
        await SetAsync(input: 1_000_000_000, from: null, "first");
        await SetAsync(input: 2_000_000_000, Start.AddMinutes(-30), "late");

        var told = (await _metering.OwedAsync()).SelectMany(message => message.Items).Where(item => item.CostNanos is not null && item.Funding != FundingClass.History).ToList();
        Assert.Contains(told, item => item.CorrectsRecordId is not null && !item.AwaitsRecord);
        Assert.Single(told, item => item.IsAdjustment);
        Assert.Contains(told, item => item.CorrectsRecordId is not null && item.AwaitsRecord && item.LeaseId is null);
        await ForgetOwedAsync();
        Assert.Equal(told.Count, (await RunAsync(Start.AddDays(1))).Records);
        Assert.Equal(Ordered(told.Select(Bare)), Ordered((await RepublishedAsync()).SelectMany(message => message.Usage.Items)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Pages_of_a_span_have_each_record_once_however_many_came_at_one_moment()
    {
        foreach (var batch in Enumerable.Range(0, 30).Chunk(10))
        {
            await _metering.RecordAsync([.. batch.Select(number => Events.New($"event-{number}", Start))]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await using var connection = await _metering.Database.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        var read = new List<Guid>();
        var after = new PagePosition(Start, Guid.Empty);
        while (await RepublishStore.ReadAsync(transaction, after, Moments.Latest, 7, Cancel) is { Count: > 0 } page)
        {
            read.AddRange(page.Select(item => item.RecordId));
            after = PagePosition.Read(new PagePosition(page[^1].RecordedAt, page[^1].RecordId).ToToken(PageOrder.Recorded), PageOrder.Recorded)!.Value;
        }

        Assert.Equal(30, read.Count);
        Assert.Equal(30, read.Distinct().Count());

        // Half open: the second of three batches alone.
        var second = Start.AddDays(2).AddSeconds(1);
        Assert.Equal(10, (await RunAsync(second, second.AddSeconds(1))).Records);
    }

    [Fact(Timeout = 300_000)]
    public async Task Span_that_makes_no_sense_or_is_no_longer_whole_is_refused_and_nothing_is_told()
    {
        var told = await _metering.RecordAsync(Events.New("march", Start.AddMonths(-3)), Events.New("june", Start));
        await ForgetOwedAsync();
        await _metering.Get<DropOldUsage>().RunAsync(Cancel);
        Assert.Equal(Reasons.UsageNotKept, await RefusedAsync(() => RunAsync(Start)));
        Assert.Equal(Reasons.InvalidArgument, await RefusedAsync(() => RunAsync(null)));
        Assert.Equal(Reasons.InvalidArgument, await RefusedAsync(() => RunAsync(Start, Start)));
        Assert.Equal(Reasons.PageTokenInvalid, await RefusedAsync(() => RunAsync(Start, page: "x")));
        Assert.Equal(Reasons.PageTokenInvalid, await RefusedAsync(() => RunAsync(Start, page: new PagePosition(Start, Guid.Empty).ToToken(PageOrder.Occurred))));
        Assert.Empty(await RepublishedAsync());

        // Who is refused for what is gone can have the rest told, which the ledger lacks as much.
        Assert.Equal(1, (await RunAsync(Start, keptOnly: true)).Records);
        Assert.Equal(told.Results[1].RecordId, Assert.Single(Assert.Single(await RepublishedAsync()).Usage.Items).RecordId.ToString());
    }

    /// <summary>Without what only a forecast asks of an item.</summary>
    private static UsageMeteredItem Bare(UsageMeteredItem item) =>
        item with { Calls = item.IsAdjustment ? 0 : null, PrimaryCostNanos = null, DefaultCostNanos = null, ShadowRule = "", ShadowCostNanos = null, PricedCalls = 0 };

    private static List<UsageMeteredItem> Ordered(IEnumerable<UsageMeteredItem> items) => [.. items.OrderBy(item => item.RecordId)];

    private static UsageEvent Correction(UsageRecord record, long tokens) => new()
    {
        Source = "finance", EventId = $"{Guid.CreateVersion7()}", CorrectsRecordId = record.RecordId, Tokens = new Tokens { Input = tokens },
    };

    private static async Task<string?> RefusedAsync(Func<Task> run) => RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(run));

    private Task<RepublishResponse> RunAsync(DateTimeOffset? from, DateTimeOffset? before = null, string page = "", bool keptOnly = false) => _metering.Get<RepublishUsage>().RunAsync(
        new RepublishRequest { RecordedFrom = from.ToTimestampUtc(), RecordedBefore = before.ToTimestampUtc(), PageToken = page, KeptOnly = keptOnly }, Cancel);

    private async Task<UsageRecord> RecordAsync(UsageEvent usage)
    {
        var id = (await _metering.RecordAsync(usage)).Results[0].RecordId;
        _time.Advance(TimeSpan.FromSeconds(1));
        return (await _metering.StreamAsync()).Single(record => record.RecordId == id);
    }

    private async Task SetAsync(long input, DateTimeOffset? from, string key)
    {
        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest { Price = PriceRows.New("own-model", input, input, from), Retroactive = from is not null, IdempotencyKey = key }, "key_test", Cancel);
        await _metering.Get<RepriceUsage>().RunAsync(Cancel);
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task ForgetOwedAsync() => await _metering.ScalarAsync<long>("WITH gone AS (DELETE FROM outbox RETURNING 1) SELECT count(*) FROM gone");

    private async Task<List<UsageRepublished>> RepublishedAsync()
    {
        await using var command = _metering.Database.CreateCommand($"SELECT body FROM outbox WHERE message_type = '{typeof(UsageRepublished).FullName}' ORDER BY outbox_id");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var told = new List<UsageRepublished>();
        while (await reader.ReadAsync(Cancel))
        {
            told.Add(JsonSerializer.Deserialize<UsageRepublished>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        return told;
    }
}
