using Platform.Forecast.Segments;

namespace Platform.Forecast.Tests;

public sealed class TeamPathsTests
{
    private const int Days = 396;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(255, 1)]
    [InlineData(256, 2)]
    [InlineData((1L << 40) - 1, 5)]
    [InlineData(1L << 40, 6)]
    [InlineData((1L << 48) - 1, 6)]
    [InlineData((1L << 55) - 1, 7)]
    [InlineData(long.MaxValue, 8)]
    public void A_future_comes_back_as_it_was_and_takes_what_its_dearest_day_needs(long dearest, int bytesADay)
    {
        long[] amounts = [.. Enumerable.Range(0, Days).Select(day => day % 7 == 3 ? dearest : dearest / (day + 1))];
        var paths = new TeamPaths("team_a", 3, Days);
        paths.Set(0, amounts);
        var before = GC.GetAllocatedBytesForCurrentThread();
        paths.Set(1, amounts);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(amounts, paths.Path(1).ToArray());
        Assert.InRange(taken, bytesADay * Days, bytesADay * Days + 64);
        Assert.Equal(new long[Days], paths.Path(2).ToArray());
    }

    [Fact]
    public void An_amount_below_zero_is_none() => Assert.Throws<ArgumentOutOfRangeException>(() => new TeamPaths("team_a", 1, 2).Set(0, [1, -1]));
}
