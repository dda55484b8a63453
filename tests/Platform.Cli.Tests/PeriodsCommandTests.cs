namespace Platform.Cli.Tests;

/// <summary>What a close would do, and that looking at it closes nothing. It is 15 June 2026.</summary>
public sealed class PeriodsCommandTests
{
    [Theory]
    [InlineData("2026-05", "2026-04,2026-05", "Nothing was closed. Without --dry-run 2026-04, 2026-05 would be, for good.")]
    [InlineData("2026-04", "2026-04", "Nothing was closed. Without --dry-run 2026-04 would be, for good.")]
    [InlineData("2026-03", "", "2026-03 is closed already: nothing would change.")]
    public async Task Dry_run_names_the_months_that_would_be_closed_with_what_is_booked_in_them(string month, string names, string said)
    {
        await using var server = Server(Month("2026-06", "open"), Month("2026-05", "ended"), Month("2026-04", "ended"), Month("2026-03", "closed"));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("periods", "close", month, "--dry-run"));
        Assert.Equal(names, string.Join(',', kt.Out.Split('\n').Where(line => line.Contains("12.50", StringComparison.Ordinal)).Select(line => line.Trim().Split(' ')[0])));
        Assert.Equal(said, kt.Error.Trim());
        Assert.Equal("GET /v1/periods", Assert.Single(server.Requests).Request);

        Assert.Equal(0, await kt.RunAsync("periods", "close", month, "--dry-run", "-o", "json"));
        using var answer = System.Text.Json.JsonDocument.Parse(kt.Out);
        Assert.Equal(names, string.Join(',', answer.RootElement.GetProperty("would_close").EnumerateArray().Select(period => period.GetProperty("period").GetString())));
    }

    [Theory]
    [InlineData("2026-06", null, "2026-06 ends at 2026-07-01 00:00:00Z (UTC); it can be closed from then on. [PERIOD_NOT_ENDED]")]
    [InlineData("2026-05", "Europe/Berlin", "Periods were closed in UTC, and months of two zones overlap: leave --time-zone out. [PERIOD_ZONE_DIFFERS]")]
    [InlineData("2026-05", "Local", "time_zone is no IANA time zone")]
    [InlineData("2026-02", null, "Nothing was used before 2026-03: there is no period 2026-02 to close.")]
    public async Task Dry_run_of_what_would_be_refused_says_why(string month, string? zone, string said)
    {
        await using var server = Server(Month("2026-06", "open"), Month("2026-05", "ended"), Month("2026-04", "ended"), Month("2026-03", "closed"));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync(["periods", "close", month, "--dry-run", .. zone is null ? [] : new[] { "--time-zone", zone }]));
        Assert.Contains(said.Split(" [")[0], kt.Error, StringComparison.Ordinal);
        Assert.Empty(kt.Out);
        Assert.Equal("GET /v1/periods", Assert.Single(server.Requests).Request);
    }

    [Fact]
    public async Task Dry_run_before_the_first_close_says_of_which_zone_its_figures_are()
    {
        await using var server = Server(Month("2026-06", "open"), Month("2026-05", "ended"));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("periods", "close", "2026-05", "--dry-run", "--time-zone", "Europe/Berlin"));
        Assert.Contains("The figures are of months of UTC; those of Europe/Berlin begin and end at other hours.", kt.Error, StringComparison.Ordinal);
    }

    private static ReplayServer Server(params string[] periods) => new ReplayServer().On("GET /v1/periods", $$"""{"periods":[{{string.Join(',', periods)}}]}""");

    private static string Month(string name, string state) => $$"""
        {"period":"{{name}}","state":"{{state}}","time_zone":"UTC","currency":"USD","cost":12.500000000,"calls":1000,"late_cost":0.250000000,"unpriced_records":0}
        """;
}
