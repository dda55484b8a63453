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
                "Nothing was changed: 5 problems.",
            ],
            kt.Error.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'));
        Assert.StartsWith("{\"apply\":false,", server.Requests.Single().Body, StringComparison.Ordinal);
        Assert.Contains("\"probability\":0.5", server.Requests.Single().Body, StringComparison.Ordinal);
    }
}
