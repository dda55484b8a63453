using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

public sealed class DrawnPlansTests
{
    private static readonly PlanRow Item = new(
        "bot", "bot", "team_a", "support", "standard", "", "standard", June.Today.AddDays(5), 0, 1_000, 900, 100, PlanRow.Certain / 2, 300_000, null, "", "", true, DateTimeOffset.UnixEpoch, "key_1");

    [Fact]
    public void A_plan_is_drawn_once_until_an_item_its_price_or_what_became_of_it_changes()
    {
        var current = Now(Ahead(June, Segment("team_a", "interactive", 2, 60)));
        PlannedPaths Planned(params PricedItem[] items) => Layered(current, "team_a", items).Planned["team_a"];
        var (first, again) = (Planned(Priced(Item, 1_000_000)), Planned(Priced(Item with { }, 1_000_000)));

        Assert.Same(first, again);
        Assert.Equal(2 * first.Expected.Sum(), Planned(Priced(Item, 2_000_000)).Expected.Sum(), 1000.0);
        Assert.Equal(0, Planned(Priced(Item with { EndsOn = June.Today }, 1_000_000)).Expected.Sum());
        Assert.Equal(first.Expected, Planned(Priced(Item, 1_000_000)).Expected);
        PricedItem Priced(PlanRow row, double nanos) => ReadPlan.Priced([(row, nanos)], current).Single();
    }
}
