using Platform.SyntheticCompany;

namespace Platform.Forecasting.Tests;

public sealed class CompanyTests(ITestOutputHelper output)
{
    private static readonly CompanyPlan Eventful = new()
    {
        Days = 120, Control = new Control(60, 0, 0.2, 0.1), Launch = new Launch(80, 1, 10, 900, 4_000), Outage = new Outage(100, 6),
    };

    [Fact]
    public void Layers_add_up_to_what_was_spent()
    {
        var segments = Company.Of(3, Eventful);

        Assert.Equal(7, segments.Count);
        Assert.All(segments.SelectMany(segment => segment.Days), day =>
        {
            Assert.True(day.Calls <= day.Demand && day.Fallbacks <= day.Calls);
            Assert.True(day.BaselineNanos >= 0 && day.ControlNanos <= 0 && day.LaunchNanos >= 0 && day.ResilienceNanos >= 0 && day.Nanos >= 0);
        });
        Assert.Equal(segments.Sum(segment => segment.Days.Sum(day => day.Nanos)) / 1e9, Company.Sum(segments.Select(segment => segment.Spend())).Sum(), 1e-3);
    }

    [Fact]
    public void What_is_planned_changes_nothing_else()
    {
        var (plain, eventful) = (Company.Of(5, Eventful with { Control = null, Launch = null, Outage = null }), Company.Of(5, Eventful));

        Assert.Equal(plain.Select(segment => segment.Baseline()), eventful.Take(6).Select(segment => segment.Baseline()));
        Assert.All(plain.SelectMany(segment => segment.Days), day => Assert.Equal(day.BaselineNanos, day.Nanos));
    }

    [Fact]
    public void Each_event_has_the_effect_that_was_planned()
    {
        var segments = Company.Of(7, Eventful);
        var limited = segments.Where(segment => segment.Team == "team-1").SelectMany(segment => segment.Days.Skip(60)).ToArray();

        Assert.Equal(1 - 0.8 * 0.9, -limited.Sum(day => day.ControlNanos) / (double)limited.Sum(day => day.BaselineNanos), 0.005);
        Assert.All(segments.Take(6).SelectMany(segment => segment.Days.Where((_, at) => at != 100)), day => Assert.Equal(0, day.ResilienceNanos));
        Assert.Equal(0.25, segments.Take(6).Sum(segment => segment.Days[100].Fallbacks) / (double)segments.Take(6).Sum(segment => segment.Days[100].Calls), 0.02);
        Assert.True(segments[6].Days.Take(80).All(day => day.Nanos == 0) && segments[6].Days[95].Nanos > 0);
    }

    [Fact]
    public void A_company_grows_as_it_is_told_to()
    {
        var plan = new CompanyPlan { Days = 364, Teams = 1, GrowthAYear = 1, Adopting = false };
        var growth = Enumerable.Range(0, 30).Average(seed =>
        {
            var segments = Company.Of(seed, plan);
            var calls = Enumerable.Range(0, plan.Days).Select(day => segments.Sum(segment => segment.Days[day].Demand)).ToArray();
            return calls[^84..].Sum() / (double)calls[..84].Sum();
        });

        // From the middle of the first twelve weeks to that of the last: 280 days of doubling a year.
        Assert.Equal(Math.Exp(280 / 365.0), growth, 0.25);
    }

    [Fact]
    public void The_band_of_a_companys_baseline_holds_about_four_in_five()
    {
        const int Known = 60;
        const int Horizon = 28;
        var inside = Enumerable.Range(0, 100).Count(seed =>
        {
            var team = Company.Sum(Company.Of(seed, new CompanyPlan { Days = Known + Horizon, Teams = 1 }).Select(segment => segment.Baseline()));
            var band = ForecastEngine.Forecast(team.AsSpan(0, Known), new SeriesForecastOptions(Horizon, Horizon)).Paths.Total(0, Horizon);
            return team[Known..].Sum() is var came && came >= band.P10 && came <= band.P90;
        });

        output.WriteLine($"{inside} of 100 inside");
        Assert.InRange(inside, 70, 90);
    }
}
