using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Publishing;
using Platform.Forecast.Versions;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class PublicationDecisionTests
{
    // The last version was published on 10 June at 01:00.
    private static readonly DateTimeOffset AsOf = Utc("2026-06-10T01:00:00");
    private static readonly PublicationInputs Inputs = new("plan", 3, 7, 2);

    [Theory]
    [InlineData("2026-06-10T01:00:10", "plan", 3, 7, null, PublicationReason.Unspecified)]
    [InlineData("2026-06-11T00:59:59", "plan", 3, 7, null, PublicationReason.Unspecified)]
    [InlineData("2026-06-11T01:00:00", "plan", 3, 7, null, PublicationReason.Daily)]
    [InlineData("2026-06-12T00:10:00", "plan", 3, 7, null, PublicationReason.Daily)]
    [InlineData("2026-06-10T09:01:59", "other", 3, 7, "2026-06-10T09:00:00", PublicationReason.Unspecified)]
    [InlineData("2026-06-10T09:02:00", "other", 3, 7, "2026-06-10T09:00:00", PublicationReason.PlanChange)]
    [InlineData("2026-06-10T09:00:01", "other", 3, 7, null, PublicationReason.PlanChange)] // By a clock that is behind: it is not dated after the version.
    [InlineData("2026-06-10T09:02:00", "plan", 4, 7, "2026-06-10T09:00:00", PublicationReason.PolicyChange)]
    [InlineData("2026-06-10T09:01:59", "plan", 3, 7, "2026-06-10T09:00:00", PublicationReason.Unspecified, 3)]
    [InlineData("2026-06-10T09:02:00", "plan", 3, 7, "2026-06-10T09:00:00", PublicationReason.CalendarChange, 3)]
    [InlineData("2026-06-10T01:09:59", "plan", 3, 8, null, PublicationReason.Unspecified)]
    [InlineData("2026-06-10T01:10:00", "plan", 3, 8, null, PublicationReason.UsageChange)]
    [InlineData("2026-06-10T01:09:59", "plan", 3, 8, null, PublicationReason.Unspecified, 2, "cheaper")]
    [InlineData("2026-06-10T01:10:00", "plan", 3, 8, null, PublicationReason.PriceChange, 2, "cheaper")]
    [InlineData("2026-06-11T01:00:00", "other", 4, 8, "2026-06-10T23:00:00", PublicationReason.Daily)]
    public void A_version_is_made_when_it_is_time_to(string clock, string plan, long policies, long settled, string? changed, PublicationReason expected, long calendar = 2, string prices = "")
    {
        (DateTimeOffset, DateTimeOffset)? at = changed is null ? null : (Utc(changed), Utc(changed));
        var now = new InputsNow(new PublicationInputs(plan, policies, settled, calendar, prices), at, at, at);

        Assert.Equal(expected, PublicationDecision.Decide(Head, AsOf, AsOf, now, Utc(clock)) ?? PublicationReason.Unspecified);
    }

    [Fact]
    public void A_look_that_made_none_is_not_repeated_within_a_minute()
    {
        var now = new InputsNow(Inputs, null, null, null);
        PublicationReason? Decide(VersionHead? last, string looked, string clock) => PublicationDecision.Decide(last, last?.AsOf, Utc(looked), now, Utc(clock));

        Assert.Null(Decide(null, "2026-06-10T09:00:00", "2026-06-10T09:00:59"));
        Assert.Equal(PublicationReason.Daily, Decide(null, "2026-06-10T09:00:00", "2026-06-10T09:01:00"));
        Assert.Null(Decide(Head, "2026-06-11T02:00:00", "2026-06-11T02:00:10"));
        Assert.Equal(PublicationReason.Daily, Decide(Head, "2026-06-11T02:00:00", "2026-06-11T02:01:00"));
        Assert.Equal(PublicationReason.Daily, PublicationDecision.Decide(Head, null, AsOf, now, AsOf));
    }

    [Theory]
    [InlineData("a=1000", "a=1010", false)]
    [InlineData("a=1000", "a=1011", true)]
    [InlineData("a=1000", "a=989", true)]
    [InlineData("a=1000", "", false)]
    [InlineData("", "a=0", true)]
    public void Late_usage_is_news_when_it_moves_a_month_or_makes_one_possible(string before, string after, bool expected)
    {
        static Dictionary<string, long> Of(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(scope => scope.Split('=')).ToDictionary(scope => scope[0], scope => long.Parse(scope[1]));

        Assert.Equal(expected, PublicationDecision.IsNews(Of(before), Of(after)));
    }

    private static VersionHead Head => new(1, AsOf, VersionHead.Service, PublicationReason.Daily, "", null, "1", 1, "UTC", "USD", [], Inputs);
}
