namespace Platform.Cli.Tests;

public sealed class ReviewCommandTests
{
    [Fact]
    public async Task Review_asks_for_the_form_that_is_wanted_and_writes_it_to_the_terminal_or_a_file()
    {
        await using var server = new ReplayServer().On("GET /v1/reviews/latest", "# Review\n").On("GET /v1/reviews/2026-W26", "<!DOCTYPE html>");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("review"));
        Assert.Equal("# Review", kt.Out.TrimEnd());
        var path = Path.Combine(Directory.CreateTempSubdirectory("review-").FullName, "review.html");
        Assert.Equal(0, await kt.RunAsync("review", "--week", "2026-W26", "--format", "html", "--output", path));
        Assert.Equal("<!DOCTYPE html>", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(["text/markdown", "text/html"], server.Accepted);
        Assert.Equal(1, await kt.RunAsync("review", "--output", Path.Combine(path, "no", "folder.md")));
        Assert.Equal(2, await kt.RunAsync("review", "--format", "pdf"));
    }

    [Fact]
    public async Task A_review_that_breaks_off_leaves_the_file_that_was_there()
    {
        await using var server = new ReplayServer().OnBreaking("GET /v1/reviews/latest", "# Rev");
        using var kt = new RunningKt(server.Url);
        var path = Path.Combine(Directory.CreateTempSubdirectory("review-").FullName, "review.md");
        await File.WriteAllTextAsync(path, "# Last week's", TestContext.Current.CancellationToken);

        Assert.NotEqual(0, await kt.RunAsync("review", "--output", path));
        Assert.DoesNotContain("cannot be written", kt.Error, StringComparison.Ordinal);
        Assert.Equal("# Last week's", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task Review_list_shows_kept_weeks()
    {
        await using var server = new ReplayServer().On(
            "GET /v1/reviews", """{"currency":"USD","reviews":[{"week":"2026-W25","made_at":"2026-06-22T02:00:00Z","spend":120.000000000,"before":100.000000000,"recommendations":3}]}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("review", "list"));
        Assert.Contains("2026-W25", kt.Out, StringComparison.Ordinal);
        Assert.Contains("120.00", kt.Out, StringComparison.Ordinal);
    }
}
