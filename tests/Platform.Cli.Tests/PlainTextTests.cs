using Platform.Cli.Output;

namespace Platform.Cli.Tests;

/// <summary>What others wrote is shown, not obeyed: a caller's tag must not hide a line of an admin's terminal or set its clipboard.</summary>
public sealed class PlainTextTests
{
    /// <summary>Four ways to stdout: a table's cell, a fact, a line, a review's document; and stderr.</summary>
    [Theory]
    [InlineData("users list", "GET /v1/users", """{"users":[{"user_id":"u","name":"A\u001b[1A\u001b[2K\nB","email":"","created_at":null,"disabled_at":null}],"next_page_token":""}""", 200, "A\\u001b[1A\\u001b[2K B")]
    [InlineData("export-jobs get j", "GET /v1/exports/jobs/j", """{"job_id":"1","name":"j\u001b]52;c;AA\u0007\nmade by  you","cron":"c","window":"7d","format":"json","s3_bucket":"b","s3_prefix":"","next_due_at":null,"last_run":null}""", 200, "j\\u001b]52;c;AA\\u0007 made by  you")]
    [InlineData("routes show", "GET /v1/routes", """{"version":2,"applied_at":null,"actor":"a","description":"d\u001b[2J","policy":{}}""", 200, "d\\u001b[2J")]
    [InlineData("review", "GET /v1/reviews/latest", "# Review\n\nd\u001b[2J\u202ex\n", 200, "d\\u001b[2J\\u202ex")]
    [InlineData("review --format html", "GET /v1/reviews/latest", "<p>d\u001b]52;c;AA\u0007</p>\n", 200, "<p>d\\u001b]52;c;AA\\u0007</p>")]
    [InlineData("users list", "GET /v1/users", """{"status":400,"detail":"no \u001b[2Jx","reason":"R"}""", 400, "no \\u001b[2Jx")]
    public async Task No_answer_reaches_the_terminal_as_control(string line, string request, string answer, int status, string shown)
    {
        await using var server = new ReplayServer().On(request, answer, status, status == 200 ? "application/json" : "application/problem+json");
        using var kt = new RunningKt(server.Url);

        await kt.RunAsync(line.Split(' '));
        Assert.Contains(shown, kt.Out + kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(kt.Out + kt.Error, letter => char.IsControl(letter) && letter != '\n');
    }

    /// <summary>A column may be named as an answer has it, a sum be of its currency.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(8)]
    public void Headings_and_totals_are_shown_as_cells_are(int? width)
    {
        using var shown = new StringWriter();
        using var said = new StringWriter();
        var environment = new KtEnvironment(shown, said, TimeProvider.System, _ => null, _ => null, width);

        environment.Printer(OutputFormat.Table).Table(["name", ">a\u001b[2K"], [["x", "1"]], ["", "1 U\u202eSD\nx"]);

        Assert.Contains("a\\u001b[2K", shown.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 U\\u202eSD x", shown.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(shown.ToString(), letter => (char.IsControl(letter) && letter != '\n') || letter == '\u202e');
    }
}
