using Platform.Wallet.Identity;

namespace Platform.Wallet.Tests;

public sealed class ChangeLogTests
{
    [Theory]
    [InlineData(9, null)]
    [InlineData(10, "11 12 12 13")]
    [InlineData(11, "12 12 13")]
    [InlineData(12, "13")]
    [InlineData(13, "")]
    [InlineData(99, "")]
    public void A_follower_is_told_what_it_lacks(long known, string? expected)
    {
        var log = new ChangeLog(10, 100);
        log.Add([Row(12), Row(11), Row(12)]);
        log.Add([Row(13)]);
        Assert.Equal(expected, log.After(known) is { } rows ? string.Join(' ', rows.Select(row => row.Revision)) : null);
    }

    [Fact]
    public void Old_changes_are_dropped_and_never_told_in_part()
    {
        var log = new ChangeLog(0, 10);
        for (var revision = 1; revision <= 1000; revision++)
        {
            log.Add([Row(revision), Row(revision)]);
            Assert.InRange(revision - log.From, 0, 10);
            Assert.Null(log.After(log.From - 1));
            Assert.Equal(2 * (revision - log.From), log.After(log.From)!.Count);
        }
    }

    private static TeamState Row(long revision) => new("a", true, revision);
}
