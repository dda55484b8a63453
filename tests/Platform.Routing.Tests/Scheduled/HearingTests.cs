using Microsoft.Extensions.Time.Testing;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Moments, in seconds, at which a replica was heard of; and whether it may say that others are dead after the last.</summary>
public sealed class HearingTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("0", false)]
    [InlineData("0 5 10 15 20 25", false)]
    [InlineData("0 5 10 15 20 25 30", true)]
    [InlineData("0 5 10 15 28 42", true)]
    [InlineData("0 5 10 15 20 25 30 70", false)]
    [InlineData("0 5 10 15 20 25 30 70 75 80 85 90 95", false)]
    [InlineData("0 5 10 15 20 25 30 70 75 80 85 90 95 100", true)]
    public void Replica_calls_others_dead_only_when_it_was_heard_of_all_the_while(string moments, bool isSteady)
    {
        var time = new FakeTimeProvider();
        var hearing = new Hearing(time);
        var now = 0;
        foreach (var moment in moments.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse))
        {
            time.Advance(TimeSpan.FromSeconds(moment - now));
            now = moment;
            hearing.Heard();
        }

        Assert.Equal(isSteady, hearing.IsSteady);
    }
}
