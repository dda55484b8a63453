using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Queries;
using Platform.Testing;

namespace Platform.Metering.Tests.Queries;

public sealed class TailTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 12, 12, 0, 0, TimeSpan.Zero));
    private readonly ConcurrentQueue<string> _told = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync()
    {
        _metering = await MeteringFixture.CreateAsync(_time);

        // The month's partition is there before an intake is held up: it would wait for that outside of its transaction.
        await _metering.RecordAsync(Events.New("before", with: usage => usage.OccurredAt = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero).ToTimestampUtc()));
    }

    public ValueTask DisposeAsync()
    {
        _stop.Dispose();
        return _metering.DisposeAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Tail_tells_each_record_once_from_the_last_ones_on()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 5).Select(Events.Varied)]);
        var tail = TellAsync(last: 2);
        await SeeAsync("event-4");
        Assert.Equal(["None", "event-3", "event-4"], _told);

        await _metering.RecordAsync([.. Enumerable.Range(3, 4).Select(Events.Varied)]);
        await _metering.RecordAsync(Events.Varied(7));
        await SeeAsync("event-7");
        await EndAsync(tail);
        Assert.Equal(["event-3", "event-4", "event-5", "event-6", "event-7"], Records().Order());
    }

    [Fact(Timeout = 300_000)]
    public async Task Tail_tells_what_a_slow_intake_stores_after_others()
    {
        var tail = TellAsync(last: 0);
        await SeeAsync("None");
        Task slow;
        await using (var held = await HeldTable.HoldAsync(_metering))
        {
            slow = _metering.RecordAsync(Events.New("slow"));
            await held.WritersAsync(1);
            _time.Advance(TimeSpan.FromSeconds(30));
        }

        await slow;
        await _metering.RecordAsync(Events.New("next"));
        await SeeAsync("next");
        await EndAsync(tail);
        Assert.Equal(["slow", "next"], Records());
    }

    [Fact(Timeout = 300_000)]
    public async Task Tail_begins_with_what_was_in_flight_when_it_was_asked_for()
    {
        Task early;
        Task tail;
        await using (var held = await HeldTable.HoldAsync(_metering))
        {
            early = _metering.RecordAsync(Events.New("early"));
            await held.WritersAsync(1);
            _time.Advance(TimeSpan.FromSeconds(1));
            tail = TellAsync(last: 1);
            await held.CloserAsync();
        }

        await early;
        await SeeAsync("early");
        await EndAsync(tail);
        Assert.Equal(["None", "early"], _told.Take(2));
        Assert.Equal(["early"], Records());
    }

    [Fact(Timeout = 300_000)]
    public async Task Tail_lives_while_an_intake_takes_long_and_tells_afterwards_what_was_recorded_meanwhile()
    {
        var tail = TellAsync(last: 0);
        await SeeAsync("None");
        await using (var connection = await _metering.Database.OpenConnectionAsync(_stop.Token))
        await using (var slow = await connection.BeginTransactionAsync(_stop.Token))
        {
            await Watermark.EnterIntakeAsync(slow, _time, _stop.Token);
            await slow.LetIdleAsync(_stop.Token);
            _time.Advance(TimeSpan.FromSeconds(1));
            await _metering.RecordAsync(Events.New("meanwhile"));
            Assert.False(await _metering.Get<Watermark>().TryCloseAsync(_time.GetUtcNow(), _stop.Token));

            // As many as show that the tail has tried as well, and has given up.
            await HeartbeatsAsync(3);
            Assert.Empty(Records());
        }

        await SeeAsync("meanwhile");
        await EndAsync(tail);
        Assert.Equal(["meanwhile"], Records());
    }

    private List<string> Records() => [.. _told.Where(told => told != "None")];

    private async Task TellAsync(int last)
    {
        await foreach (var item in _metering.Get<TailUsage>().RunAsync(new TailUsageRequest { Last = last }, _stop.Token))
        {
            _told.Enqueue(item.Record?.Event.EventId ?? item.ItemCase.ToString());
        }
    }

    private Task HeartbeatsAsync(int count)
    {
        var before = _told.Count(told => told == "None");
        return PassAsync(() => _told.Count(told => told == "None") >= before + count, $"{count} heartbeats");
    }

    private Task SeeAsync(string told) => PassAsync(() => _told.Contains(told), told);

    private Task PassAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            return Task.FromResult(condition());
        },
        Patience, () => $"{what}; told: {string.Join(", ", _told)}");

    private async Task EndAsync(Task tail)
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tail);
    }
}
