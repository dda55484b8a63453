using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

public sealed class ItemOutcomeTests
{
    [Theory]
    [InlineData(200, false, 1, "Succeeded")]
    [InlineData(200, true, 1, "Succeeded")]
    [InlineData(429, false, 1, "Waiting")]
    [InlineData(500, false, 3, "Waiting")]
    [InlineData(503, false, 19, "Waiting")]
    [InlineData(503, false, 20, "Failed")]
    [InlineData(529, false, 1, "Waiting")]
    [InlineData(502, false, 1, "Waiting")]
    [InlineData(502, true, 1, "Unknown")]
    [InlineData(504, true, 1, "Unknown")]
    [InlineData(503, true, 1, "Unknown")]
    [InlineData(429, true, 1, "Unknown")]
    [InlineData(402, true, 1, "Unknown")]
    [InlineData(524, true, 20, "Unknown")]
    [InlineData(400, false, 1, "Failed")]
    [InlineData(401, false, 1, "Failed")]
    [InlineData(402, false, 1, "Failed")]
    [InlineData(403, false, 1, "Failed")]
    [InlineData(404, false, 1, "Failed")]
    public void Only_what_was_not_billed_is_tried_again(int status, bool mayBeBilled, int tries, string expected) =>
        Assert.Equal(expected, ItemOutcome.Decide(status, mayBeBilled, tries).ToString());

    [Theory]
    [InlineData(1, 0, 5)]
    [InlineData(2, 0, 10)]
    [InlineData(20, 0, 600)]
    [InlineData(1, 42, 42)]
    [InlineData(1, 86_400, 600)]
    public void Pauses_grow_or_are_what_was_told_up_to_ten_minutes(int tries, int told, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ItemOutcome.Pause(tries, TimeSpan.FromSeconds(told)));

    [Fact]
    public void Item_waits_for_funds_until_its_batchs_last_window_closes_and_not_in_a_lane_that_is_gone()
    {
        var now = DateTimeOffset.Parse("2026-11-26T23:00:00Z");
        var lane = new RouteLane("scheduled", null, [new RouteWindow("0 22 * * *", TimeZoneInfo.Utc, TimeSpan.FromHours(8))]);
        var item = new ClaimedItem(Guid.CreateVersion7(), 1, "key_1", CallLabels.Of(""), "scheduled", "/v1/chat/completions", [], 0);
        Assert.Equal(now.AddHours(7), ItemOutcome.WaitsForFundsUntil(item, lane, now));
        Assert.Equal(now.AddHours(31), ItemOutcome.WaitsForFundsUntil(item with { Windows = 2 }, lane, now));
        Assert.Equal(now.AddHours(1), ItemOutcome.WaitsForFundsUntil(item with { UnfundedUntil = now.AddHours(1) }, lane, now));
        Assert.Equal(now, ItemOutcome.WaitsForFundsUntil(item, null, now));
    }

    [Fact]
    public void Attempt_ids_follow_from_item_try_and_number_and_differ_with_each()
    {
        var batch = Guid.CreateVersion7();
        Assert.Equal(DerivedIds.AttemptOf(batch, 1, 1, 1), DerivedIds.AttemptOf(batch, 1, 1, 1));
        Assert.Equal(5, new[] { (1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2), (2, 2, 2) }.Select(of => DerivedIds.AttemptOf(batch, of.Item1, of.Item2, of.Item3)).Distinct().Count());
        Assert.Equal(8, DerivedIds.AttemptOf(batch, 1, 1, 1).Version);
    }
}
