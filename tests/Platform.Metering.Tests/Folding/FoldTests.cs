using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Folding;

namespace Platform.Metering.Tests.Folding;

/// <summary>Sums over three hours and weeks are added up when they are over and quiet, and count for nothing once an intake has changed what they are of.</summary>
public sealed class FoldTests : IAsyncLifetime
{
    private const string Folded = """
        SELECT coalesce(string_agg(concat(grain, ' ', to_char(starts_at AT TIME ZONE 'UTC', 'MM-DD HH24')), ', ' ORDER BY grain, starts_at), '')
        FROM usage_folded WHERE
        """;

    // A Wednesday.
    private readonly FakeTimeProvider _time = new(Spend.At("2026-06-17T10:05Z"));
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task What_is_over_for_an_hour_is_folded_and_nothing_else()
    {
        await RecordAsync("2026-06-08T00:00Z", "2026-06-14T23:59Z", "2026-06-15T00:00Z", "2026-06-17T08:59Z", "2026-06-17T09:30Z");

        Assert.Equal(5, await FoldAsync());
        Assert.Equal("6 06-08 00, 6 06-14 21, 6 06-15 00, 6 06-17 06, 7 06-08 00", await ShowAsync("is_folded"));
        Assert.Equal("", await ShowAsync("NOT is_folded"));
        await FoldCheck.AssertEqualAsync(_metering);

        Assert.Equal(0, await FoldAsync());
        _time.SetUtcNow(Spend.At("2026-06-17T12:59Z"));
        Assert.Equal(0, await FoldAsync());
        _time.SetUtcNow(Spend.At("2026-06-17T13:00Z"));
        Assert.Equal(1, await FoldAsync());
        Assert.EndsWith("6 06-17 06, 6 06-17 09, 7 06-08 00", await ShowAsync("is_folded"));
        await FoldCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Late_usage_counts_at_once_and_its_periods_are_folded_anew_when_they_are_quiet()
    {
        await RecordAsync("2026-06-08T00:00Z", "2026-06-10T04:00Z");
        Assert.Equal(3, await FoldAsync());

        // One where something was used already, one where nothing was, one that is not over.
        await RecordAsync("2026-06-10T05:00Z", "2026-06-02T00:00Z", "2026-06-17T09:30Z");
        Assert.Equal("6 06-08 00", await ShowAsync("is_folded"));
        Assert.Equal("6 06-02 00, 6 06-10 03, 7 06-01 00, 7 06-08 00", await ShowAsync("NOT is_folded"));
        Assert.Equal(4, await CallsAsync("2026-06-08T00:00Z", "2026-06-18T00:00Z"));

        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(0, await FoldAsync());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(4, await FoldAsync());
        Assert.Equal("", await ShowAsync("NOT is_folded"));
        Assert.Equal(5, await CallsAsync("2026-06-01T00:00Z", "2026-06-18T00:00Z"));
        await FoldCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Folded_sums_are_what_is_read()
    {
        await RecordAsync("2026-06-08T00:00Z", "2026-06-10T04:00Z");
        await FoldAsync();
        await _metering.ScalarAsync<object>("UPDATE usage_fold SET calls = calls * 10; SELECT 1");

        Assert.Equal(20, await CallsAsync("2026-06-08T00:00Z", "2026-06-15T00:00Z"));
        Assert.Equal(10, await CallsAsync("2026-06-10T03:00Z", "2026-06-10T06:00Z"));
        Assert.Equal(1, await CallsAsync("2026-06-10T00:00Z", "2026-06-11T00:00Z"));
        Assert.Equal(2, (await AskAsync("2026-06-08T00:00Z", "2026-06-15T00:00Z", query => query.GroupBy.Clear())).Total.Calls);
        Assert.Equal(2, (await AskAsync("2026-06-08T00:00Z", "2026-06-15T00:00Z", query => query.Booked = true)).Total.Calls);
    }

    [Fact(Timeout = 300_000)]
    public async Task Period_that_is_changed_while_it_is_folded_is_not_called_folded()
    {
        await RecordAsync("2026-06-08T00:00Z");
        await FoldAsync();
        await RecordAsync("2026-06-08T00:10Z");
        var cancel = TestContext.Current.CancellationToken;
        await using var connection = await _metering.Database.OpenConnectionAsync(cancel);
        await using (var transaction = await connection.BeginTransactionAsync(cancel))
        {
            var waiting = (await FoldStore.ReadNextAsync(transaction, _time.GetUtcNow(), cancel))!.Value;
            await FoldStore.FoldAsync(transaction, waiting.Period, cancel);
            await RecordAsync("2026-06-08T00:20Z");
            Assert.False(await FoldStore.ConfirmAsync(transaction, waiting, cancel));
        }

        Assert.Equal("6 06-08 00, 7 06-08 00", await ShowAsync("NOT is_folded"));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, await FoldAsync());
        await FoldCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task History_of_before_there_were_folds_is_folded_with_its_gaps()
    {
        await RecordAsync("2001-01-01T00:00Z", "2000-01-02T23:00Z", "2026-05-31T23:00Z");

        Assert.Equal(6, await FoldAsync());
        Assert.Equal("6 01-02 21, 6 01-01 00, 6 05-31 21, 7 12-27 00, 7 01-01 00, 7 05-25 00", await ShowAsync("is_folded"));
        await FoldCheck.AssertEqualAsync(_metering);
    }

    private Task<int> FoldAsync() => _metering.Get<FoldOldSums>().RunAsync(TestContext.Current.CancellationToken);

    private Task<string> ShowAsync(string where) => _metering.ScalarAsync<string>($"{Folded} {where}");

    private Task<RecordResponse> RecordAsync(params string[] moments) => _metering.RecordAsync([.. moments.Select(moment => Events.New(moment, Spend.At(moment), usage => usage.UserId = "ann"))]);

    private async Task<long> CallsAsync(string from, string to) => (await AskAsync(from, to, _ => { })).Total.Calls;

    private Task<QuerySpendResponse> AskAsync(string from, string to, Action<QuerySpendRequest> change)
    {
        var query = new QuerySpendRequest
        {
            From = Spend.At(from).ToTimestampUtc(), To = Spend.At(to).ToTimestampUtc(), GroupBy = { SpendDimension.User },
        };
        change(query);
        return _metering.QueryAsync(query);
    }
}
