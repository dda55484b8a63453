using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

public sealed class ItemOutcomeTests
{
    /// <summary>In a window of eight hours, an hour after its beginning.</summary>
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-11-26T23:00:00Z");
    private static readonly RouteLane Lane = new("scheduled", null, [new RouteWindow("0 22 * * *", TimeZoneInfo.Utc, TimeSpan.FromHours(8))]);
    private static readonly ClaimedItem Item = new(Guid.CreateVersion7(), 1, "key_1", CallLabels.Of(""), "scheduled", "/v1/chat/completions", [], 0);

    [Theory]
    // What came of it, sent or not, perhaps billed or not → what follows.
    [InlineData(200, true, false, "Succeeded")]
    [InlineData(200, true, true, "Succeeded")]
    [InlineData(429, true, false, "TryAgain")]
    [InlineData(429, false, false, "AwaitLimit")]
    [InlineData(500, true, false, "TryAgain")]
    [InlineData(502, true, false, "TryAgain")]
    [InlineData(503, true, false, "TryAgain")]
    [InlineData(503, false, false, "TryAgain")]
    [InlineData(529, true, false, "TryAgain")]
    [InlineData(402, false, false, "AwaitFunds")]
    [InlineData(502, true, true, "Unknown")]
    [InlineData(504, true, true, "Unknown")]
    [InlineData(429, true, true, "Unknown")]
    [InlineData(402, true, true, "Unknown")]
    [InlineData(400, true, false, "Failed")]
    [InlineData(401, false, false, "Failed")]
    [InlineData(403, false, false, "Failed")]
    [InlineData(404, false, false, "Failed")]
    public void Only_what_was_not_billed_is_run_again(int status, bool isSent, bool mayBeBilled, string expected) =>
        Assert.Equal(expected, Told(Decide(Item, Answer(status, 0) with { IsSent = isSent, MayBeBilled = mayBeBilled })));

    [Theory]
    [InlineData(404)]
    [InlineData(400)]
    public void What_the_policy_does_not_have_any_more_is_waited_for_as_a_provider_that_is_away(int status)
    {
        var answer = Answer(status, 0) with { IsSent = false, IsOfPolicy = true };
        Assert.Equal((ItemStep.TryAgain, TimeSpan.FromSeconds(5), Now.AddHours(7)), (Decide(Item, answer).Step, Decide(Item, answer).Pause, Decide(Item, answer).Until));
        Assert.Equal("Failed", Told(Decide(Item with { Tries = 19, RefusedUntil = Now }, answer)));
        Assert.Equal("Unknown", Told(Decide(Item, answer with { MayBeBilled = true })));
    }

    [Theory]
    // Status, tries before and seconds that were told → the pause in seconds.
    [InlineData(503, 0, 0, 5)]
    [InlineData(503, 1, 0, 10)]
    [InlineData(503, 19, 0, 600)]
    [InlineData(429, 0, 42, 42)]
    [InlineData(429, 0, 1, 5)]
    [InlineData(429, 9, 1, 600)]
    [InlineData(429, 0, 86_400, 600)]
    public void Provider_that_refuses_is_asked_again_later_each_time_and_never_sooner_than_it_told(int status, int tries, int told, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Decide(Item with { Tries = tries }, Answer(status, told)).Pause);

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(5_000, 1, 1)]
    [InlineData(5_000, 60, 60)]
    [InlineData(5_000, 80_000, 600)]
    public void Item_under_a_full_limit_waits_as_it_was_told_however_often_and_has_not_been_tried(int limited, int told, int seconds)
    {
        var item = Item with { Tries = limited, LimitedTries = limited };
        Assert.Equal(new ItemDecision(ItemStep.AwaitLimit, Pause: TimeSpan.FromSeconds(seconds)), Decide(item, Answer(429, told) with { IsSent = false }));
        Assert.Equal((ItemStep.TryAgain, TimeSpan.FromSeconds(5)), (Decide(item, Answer(503, 0)).Step, Decide(item, Answer(503, 0)).Pause));
    }

    [Theory]
    // Tries before, minutes after Now, and since it was refused first in windows → what follows a refusal then; the window closes after 420 minutes.
    [InlineData(0, 0, 1, "TryAgain")]
    [InlineData(400, 409, 1, "TryAgain")]
    [InlineData(400, 410, 1, "Failed")]
    [InlineData(18, 419, 1, "TryAgain")]
    [InlineData(19, 419, 1, "Failed")]
    [InlineData(19, 1_400, 1, "Failed")]
    [InlineData(19, 1_400, 2, "TryAgain")]
    [InlineData(19, 1_849, 2, "TryAgain")]
    [InlineData(19, 1_855, 2, "Failed")]
    public void Refused_item_fails_when_its_last_window_closes_and_not_before_its_twentieth_try(int tries, int minutes, int windows, string expected)
    {
        var until = Decide(Item with { Windows = windows }, Answer(503, 0)).Until;
        var item = Item with { Windows = windows, Tries = tries + 7, LimitedTries = 3, UnfundedTries = 4, RefusedUntil = until };
        Assert.Equal(expected, Told(ItemOutcome.Decide(item, Answer(503, 0), Lane, Now.AddMinutes(minutes))));
    }

    [Fact]
    public void Item_waits_for_funds_until_its_batchs_last_window_closes_and_not_in_a_lane_that_is_gone()
    {
        Assert.Equal(Now.AddHours(7), Decide(Item, Answer(402, 0)).Until);
        Assert.Equal(Now.AddHours(31), Decide(Item with { Windows = 2 }, Answer(402, 0)).Until);
        Assert.Equal(Now.AddHours(1), Decide(Item with { UnfundedUntil = Now.AddHours(1) }, Answer(402, 0)).Until);
        Assert.Equal("Failed", Told(Decide(Item with { UnfundedUntil = Now }, Answer(402, 0))));
        Assert.Equal("Failed", Told(ItemOutcome.Decide(Item, Answer(402, 0), null, Now)));
    }

    [Theory]
    [InlineData(false, "AwaitFunds")]
    [InlineData(true, "Unknown")]
    public void Frozen_item_waits_as_one_without_funds_unless_an_attempt_may_be_billed(bool mayBeBilled, string expected)
    {
        var frozen = Answer(403, 0) with { IsSent = mayBeBilled, MayBeBilled = mayBeBilled, IsFrozen = true };
        Assert.Equal(expected, Told(Decide(Item, frozen)));
        Assert.Equal(mayBeBilled ? default : Now.AddHours(7), Decide(Item, frozen).Until);
        Assert.Equal(mayBeBilled ? "Unknown" : "Failed", Told(Decide(Item with { UnfundedUntil = Now }, frozen)));
    }

    [Fact]
    public void Attempt_ids_follow_from_item_try_and_number_and_differ_with_each()
    {
        var batch = Guid.CreateVersion7();
        Assert.Equal(DerivedIds.AttemptOf(batch, 1, 1, 1), DerivedIds.AttemptOf(batch, 1, 1, 1));
        Assert.Equal(5, new[] { (1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2), (2, 2, 2) }.Select(of => DerivedIds.AttemptOf(batch, of.Item1, of.Item2, of.Item3)).Distinct().Count());
        Assert.Equal(8, DerivedIds.AttemptOf(batch, 1, 1, 1).Version);
    }

    private static ItemDecision Decide(ClaimedItem item, ItemAnswer answer) => ItemOutcome.Decide(item, answer, Lane, Now);

    private static string Told(ItemDecision decision) => decision.Step == ItemStep.End ? decision.State.ToString() : decision.Step.ToString();

    private static ItemAnswer Answer(int status, int retryAfter) => new(status, [], "", TimeSpan.FromSeconds(retryAfter), IsSent: true);
}
