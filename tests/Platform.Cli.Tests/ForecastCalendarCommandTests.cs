namespace Platform.Cli.Tests;

public sealed class ForecastCalendarCommandTests
{
    private const string Calendar = """
        {"number":3,"team_id":"","active":true,"holidays_on":true,"month_ends_on":false,"holidays":[{"day":"2026-12-25","name":"Christmas Day"},{"day":"2026-12-26","name":""}],"note":"of Bavaria","changed_at":"2026-06-10T01:00:00Z","changed_by":"key_1"}
        """;

    [Fact]
    public async Task Set_sends_the_file_and_what_is_looked_for_and_says_what_counts_then()
    {
        await using var server = new ReplayServer().On("PATCH /v1/forecast/calendars", Calendar);
        using var kt = new RunningKt(server.Url);
        using var file = new TemporaryFile(".txt", "# of Bavaria\n\n2026-12-26\n2026-12-25 # Christmas Day\n");

        Assert.Equal(0, await kt.RunAsync("forecast", "calendar", "set", "--holidays", file.Path, "--effects", "holidays"));
        Assert.Equal(
            """{"holidays":[{"day":"2026-12-25","name":"Christmas Day"},{"day":"2026-12-26"}],"holidays_on":true,"month_ends_on":false}""", server.Requests.Single().Body);
        Assert.Contains("Forecasts of the organisation look for holidays; the list has 2 holidays.", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_sends_what_is_given_alone()
    {
        await using var server = new ReplayServer().On("PATCH /v1/forecast/calendars", Calendar);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "calendar", "set", "--team", "team_a", "--effects", "none", "--note", "shifts"));
        Assert.Equal("""{"team_id":"team_a","note":"shifts","holidays_on":false,"month_ends_on":false}""", server.Requests.Single().Body);
    }

    [Theory]
    [InlineData("--effects", "easter")]
    [InlineData("--note", "why")]
    public async Task What_says_nothing_is_a_slip(string option, string value)
    {
        using var kt = new RunningKt("http://localhost:1");

        Assert.Equal(2, await kt.RunAsync("forecast", "calendar", "set", option, value));
    }

    [Fact]
    public async Task List_shows_what_counts_and_remove_takes_it()
    {
        await using var server = new ReplayServer().On("GET /v1/forecast/calendars?team_id=team_a", $$"""{"calendars":[{{Calendar}}]}""")
            .On("DELETE /v1/forecast/calendars?team_id=team_a", Calendar);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "calendar", "list", "--team", "team_a"));
        Assert.Matches(@"3 +the organisation +holidays +2 +2026-12-25 +2026-12-26 .* key_1 +of Bavaria", kt.Out);
        Assert.Equal(0, await kt.RunAsync("forecast", "calendar", "remove", "--team", "team_a"));
        Assert.Contains("team_a has the organisation's calendar", kt.Error, StringComparison.Ordinal);
    }
}
