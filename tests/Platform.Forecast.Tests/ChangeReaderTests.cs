using Platform.Forecast.Scenarios.Changes;

namespace Platform.Forecast.Tests;

public sealed class ChangeReaderTests
{
    [Theory]
    [InlineData("wallet team=search amount=+500")]
    [InlineData("wallet amount=-2.50")]
    [InlineData("wallet team=search user=ada amount=+5")]
    [InlineData("wallet team=search application=bot amount=0")]
    [InlineData("budget budget=b1 amount=+10%")]
    [InlineData("limit requests=60")]
    [InlineData("limit team=search tokens=90000")]
    [InlineData("route model=gpt-4o to=openai/gpt-4o-mini share=30% starts=2026-07-01 ends=2026-08-01")]
    [InlineData("lane workload=reports to=scheduled")]
    [InlineData("lane team=search to=economy at=mistral/small share=50%")]
    [InlineData("price provider=openai change=+10% starts=2026-07-01")]
    [InlineData("price model=gpt-4o input=2.50 output=10")]
    [InlineData("plan id=launch calls_per_day=+50%")]
    [InlineData("plan id=launch starts=2026-08-01 ends=never name=\"Big launch\" probability=70%")]
    [InlineData("plan id=launch drop=yes")]
    [InlineData("lift what=routing team=search")]
    [InlineData("outage provider=openai hours=6")]
    [InlineData("outage provider=openai hours=2.5 at=2026-07-01T09:30:00Z fallback=+60% falls_back=80%")]
    [InlineData("outage provider=openai hours=2 at=peak day=2026-07-01 fallback=none")]
    [InlineData("outage provider=openai hours=2 day=2026-07-01 fallback=none falls_back=0%")]
    [InlineData("plan id=launch workload= lane= provider=\"\"")]
    public void A_change_is_read_from_its_line(string line)
    {
        var problems = new List<string>();

        Assert.Equal(line, ChangeReader.Read(line, problems)?.Line);
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("", "A change begins with its kind")]
    [InlineData("wallets team=search amount=5", "A change begins with its kind")]
    [InlineData("wallet team=search", "amount= is required")]
    [InlineData("wallet team=search amount=lots", "amount= must be an amount such as 500")]
    [InlineData("wallet team=search amount=+-5", "amount= must be an amount")]
    [InlineData("wallet team=a team=b amount=5", "team is said twice")]
    [InlineData("wallet amount=5 sum=6", "sum= is nothing that wallet takes")]
    [InlineData("wallet team=a user=b application=c amount=5", "user= and application= cannot both be said")]
    [InlineData("wallet user=b amount=5", "team= is required")]
    [InlineData("limit team=a", "requests= or tokens= a minute is required")]
    [InlineData("route to=x share=30%", "At least one of team=")]
    [InlineData("route model=x", "to= is required")]
    [InlineData("route model=x to=y share=130%", "share= must be a share of 0% to 100%")]
    [InlineData("route model=x to=y starts=2026-07-01 ends=2026-07-01", "ends= is the day after the last")]
    [InlineData("price change=+10%", "provider= or model= is required")]
    [InlineData("price model=x", "Either change=")]
    [InlineData("price model=x change=10%", "change= must be a change such as +10%")]
    [InlineData("price model=x change=-120%", "change= must be a change such as +10%")]
    [InlineData("price model=x input=9999999999", "input= must be")]
    [InlineData("plan id=x", "Nothing is said that is to be otherwise")]
    [InlineData("plan id=x drop=yes ramp_days=3", "What is dropped has no other value")]
    [InlineData("lift what=walls", "what= must be routing, refusals or all")]
    [InlineData("outage hours=6", "provider= is required")]
    [InlineData("outage provider=x hours=0", "hours= must be above 0")]
    [InlineData("outage provider=x hours=1 at=noon", "at= must be average, peak, or a time")]
    [InlineData("outage provider=x hours=5 at=9999-12-31T23:00:00Z", "a time of the years 2000 to 2199")]
    [InlineData("outage provider=x hours=5 at=2026-06-12T14:00Z day=2026-06-20", "at= says the day too")]
    [InlineData("outage provider=x hours=5 fallback=none falls_back=80%", "fallback=none loses every call")]
    [InlineData("outage provider=\0 hours=5", "A change is one line")]
    [InlineData("route model=x to=y share", "'share' must be name=value")]
    [InlineData("limit team= requests=10", "team= is empty: give it a value or leave it out")]
    [InlineData("wallet team= amount=+500", "team= is empty")]
    [InlineData("wallet team=a amount=", "amount= is empty")]
    [InlineData("price model=x change=-50% team=\"\"", "team= is empty")]
    [InlineData("price model=x change=-50% ends=", "ends= is empty")]
    [InlineData("route model=x to=y share=", "share= is empty")]
    [InlineData("route model=x to=y workload=", "workload= is empty")]
    [InlineData("lift team=", "team= is empty")]
    [InlineData("plan id=x model=", "model= is empty")]
    [InlineData("plan id=x name=\"Big launch calls_per_day=500", "A quotation mark is never closed")]
    public void What_is_wrong_with_a_line_is_said_with_what_is_right(string line, string problem)
    {
        var problems = new List<string>();

        Assert.Null(ChangeReader.Read(line, problems));
        Assert.Contains(problems, said => said.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void All_problems_of_a_line_are_said_at_once()
    {
        var problems = new List<string>();

        ChangeReader.Read("outage hours=900 at=noon colour=red", problems);

        Assert.Equal(4, problems.Count);
    }
}
