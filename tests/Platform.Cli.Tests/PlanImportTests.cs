namespace Platform.Cli.Tests;

public sealed class PlanImportTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Every_line_with_a_problem_is_named_whether_the_file_or_the_api_finds_it()
    {
        await File.WriteAllTextAsync(
            _file,
            """
            plan_id,team_id,model,starts_on,calls_per_day,input_tokens,probability
            a,team_support,gpt-4o,2026-08-01,many,100,
            b,team_support,gpt-4o,2026-08-01,-5,100,
            c,team_support,gpt-4o,2026-08-01,5,1.5,7
            d,nobody,gpt-4o,2026-08-01,5,100,0.5
            e,team_support,gpt-4o,2026-08-01,12.000,"1,200",0.500
            """,
            TestContext.Current.CancellationToken);
        await using var server = new ReplayServer().On("POST /v1/forecast/plan/import", """
            {"applied":false,"items":[],"problems":[{"position":1,"plan_id":"a","problem":"calls_per_day must be 1 to 10000000000; it is 0."},{"position":4,"plan_id":"d","problem":"team_id: there is no team 'nobody'."}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("forecast", "plan", "import", _file));
        Assert.Equal(
            [
                "line 2, a: calls_per_day 'many' is no number.",
                "line 3, b: calls_per_day '-5' must not be negative.",
                "line 4, c: input_tokens '1.5' is no whole number that is possible.",
                "line 4, c: probability '7' must be above 0 and at most 1.",
                "line 5, d: team_id: there is no team 'nobody'.",
                "line 6, e: calls_per_day '12.000' may be a number with three decimals or one of thousands; write it without a point.",
                "line 6, e: input_tokens '1,200' is no number; write it without separators of thousands.",
                "Nothing was changed: 7 problems.",
            ],
            kt.Error.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'));
        Assert.StartsWith("{\"apply\":false,", server.Requests.Single().Body, StringComparison.Ordinal);
        Assert.Contains("\"probability\":0.5", server.Requests.Single().Body, StringComparison.Ordinal);
    }

    /// <summary>The API was not sent the probability that cannot be read, and answers of an item that is certain.</summary>
    [Fact]
    public async Task Items_of_a_file_that_cannot_be_read_are_not_shown_as_if_they_were_whole()
    {
        await File.WriteAllTextAsync(
            _file, "plan_id,team_id,model,starts_on,calls_per_day,input_tokens,probability\nlaunch,search,gpt-4o,2026-12-01,50,900,50%\n", TestContext.Current.CancellationToken);
        await using var server = new ReplayServer().On("POST /v1/forecast/plan/import", """{"applied":false,"items":[{"plan_id":"launch"}],"problems":[]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("forecast", "plan", "import", _file));
        Assert.Equal("", kt.Out);
        Assert.Equal("line 2, launch: probability '50%' is no number.\nNothing was changed: 1 problem.\n", kt.Error.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("", "; the file is empty.")]
    [InlineData("plan_id;team_id;model\nlaunch;search;gpt-4o\n", "; 'plan_id;team_id;model' is none of them.")]
    [InlineData("plan_id,team,model,start\nlaunch,search,gpt-4o,2026-12-01\n", "; 'team', 'start' are none of them.")]
    [InlineData("plan_id,team_id,team_id\nlaunch,search,search\n", "; 'team_id' stands there more than once.")]
    public async Task What_is_wrong_with_a_header_is_named(string text, string named)
    {
        await File.WriteAllTextAsync(_file, text, TestContext.Current.CancellationToken);
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("forecast", "plan", "import", _file));
        Assert.EndsWith($"with commas between, of no other columns than plan_id, name, team_id, workload, lane, provider, model, starts_on, ends_on, owner, note, ramp_days, calls_per_day, input_tokens, output_tokens, probability, spread, each once{named}", kt.Error.TrimEnd(), StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    [Fact]
    public async Task Row_that_is_not_as_wide_as_the_header_or_has_a_mark_that_is_not_closed_is_a_problem_of_its_line()
    {
        await File.WriteAllTextAsync(
            _file,
            """
            plan_id,team_id,model,starts_on,calls_per_day,input_tokens,output_tokens
            bot,team_search,gpt-4o,2026-12-01,5,000,900,200
            short,team_search,gpt-4o,2026-12-01,5,900
            fine,team_search,gpt-4o,2026-12-01,5,900,200
            torn,"team_search,gpt-4o,2026-12-01,5,900,200
            lost,team_search,gpt-4o,2026-12-01,5,900,200
            """,
            TestContext.Current.CancellationToken);
        await using var server = new ReplayServer().On("POST /v1/forecast/plan/import", """
            {"applied":false,"items":[],"problems":[{"position":1,"plan_id":"bot","problem":"calls_per_day must be 1 to 10000000000; it is 0."}]}
            """);
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("forecast", "plan", "import", _file));
        Assert.Equal(
            [
                "line 2, bot: there are 8 cells, more than the 7 of the first line; write numbers without separators of thousands, and text with a separator in quotation marks.",
                "line 3, short: there are 6 cells, fewer than the 7 of the first line; a blank cell needs its separator too.",
                "line 5, torn: a quotation mark is not closed, or stands within a cell; put such a cell in quotation marks, and write the mark in it twice.",
                "Nothing was changed: 3 problems.",
            ],
            kt.Error.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'));
        Assert.StartsWith("{\"apply\":false,\"items\":[{\"plan_id\":\"bot\"},{\"plan_id\":\"short\"},{\"plan_id\":\"fine\",\"team_id\"", server.Requests.Single().Body, StringComparison.Ordinal);
    }
}
