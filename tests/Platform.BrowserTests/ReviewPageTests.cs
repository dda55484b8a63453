using System.Globalization;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.AppHost;
using Platform.IntegrationTests;
using Platform.Testing;

namespace Platform.BrowserTests;

/// <summary>The page of a kept weekly review as <c>kt review</c> writes it, in a browser that has nothing but the file, against the review's own figures.</summary>
public sealed class ReviewPageTests
{
    private const int HistoryDays = 40;

    /// <summary>The first review is kept an hour after the first version of the forecast: the service starts again more than an hour later by its own clock.</summary>
    private static readonly string[] SkewsMs = ["0", "3900000"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 900_000)]
    public async Task The_page_of_a_kept_review_shows_its_figures_and_needs_nothing_else()
    {
        await using var platform = await RunningPlatform.StartAsync(TestContext.Current.CancellationToken, configure: Skew);
        await History.LogAsync(platform, HistoryDays, day => day < 14 ? 3 : 1, Cancel);
        await Eventually.TrueAsync(async () => (await ReadAsync(platform, "v1/forecast/versions"))["versions"]!.AsArray().Count > 0, Patience, "a first version of the forecast");
        var restarted = await platform.App.ResourceCommands.ExecuteCommandAsync(ResourceNames.Forecast, KnownResourceCommands.RestartCommand, Cancel);
        Assert.True(restarted.Success, restarted.ErrorMessage);
        await Eventually.TrueAsync(async () => (await ReadAsync(platform, "v1/reviews"))["reviews"]!.AsArray().Count > 0, Patience, "a kept review");

        var week = (string)(await ReadAsync(platform, "v1/reviews"))["reviews"]![0]!["week"]!;
        var review = await ReadAsync(platform, $"v1/reviews/{week}");
        var page = Path.Combine(Path.GetTempPath(), $"review-{Guid.NewGuid():N}.html");
        try
        {
            Assert.Equal(0, (await platform.Kt.RunAsync(Cancel, "review", "--week", week, "--format", "html", "--output", page)).ExitCode);
            await AssertShowsAsync(page, review);
        }
        finally
        {
            File.Delete(page);
        }
    }

    private static async Task AssertShowsAsync(string page, JsonNode review)
    {
        using var browser = new Browser();
        browser.Open(new Uri(page));

        Assert.True((bool)review["kept"]!);
        Assert.Equal($"AI spend, week {review["week"]}", await browser.TextAsync("//h1"));
        Assert.Contains("kept as it is", await browser.TextAsync("//h1/following-sibling::p[1]"), StringComparison.Ordinal);

        // The bridge's last row is the sum of all teams.
        var total = review["variance"]!["total"]!;
        foreach (var (column, name) in new[] { (2, "before"), (3, "current"), (4, "change") })
        {
            var shown = await browser.TextAsync($"//tr[@class='total']/td[{column}]");
            Assert.Equal((double)total[name]!, double.Parse(shown.Replace(",", ""), CultureInfo.InvariantCulture), 0.005);
        }

        Assert.Equal("team_support", await browser.TextAsync("//h2[.='Spend against the week before']/following::tbody[1]/tr[1]/td[1]"));
        foreach (var sentence in review["summary"]!.AsArray())
        {
            Assert.Equal((string)sentence!, await browser.TextAsync($"//ul[@class='points']/li[{review["summary"]!.AsArray().IndexOf(sentence) + 1}]"));
        }

        // Nothing is fetched from elsewhere, nothing is wider than the page, and the chart is drawn.
        Assert.Equal(0, browser.Run<long>("return performance.getEntriesByType('resource').length"));
        Assert.True(browser.Run<bool>("return document.documentElement.scrollWidth <= document.documentElement.clientWidth"));
        Assert.True(browser.Run<bool>("const box = document.querySelector('svg').getBoundingClientRect(); return box.width > 300 && box.height > 100"));
        TestContext.Current.AddAttachment("review.png", browser.Screenshot(), "image/png");
    }

    private static async Task<JsonNode> ReadAsync(RunningPlatform platform, string path)
    {
        using var response = await platform.Api.GetAsync(path, Cancel);
        return response.IsSuccessStatusCode ? JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))! : new JsonObject { ["versions"] = new JsonArray(), ["reviews"] = new JsonArray() };
    }

    private static void Skew(IDistributedApplicationTestingBuilder builder)
    {
        var starts = -1;
        RunningPlatform.Service(builder, ResourceNames.Forecast).WithEnvironment(context =>
            context.EnvironmentVariables["KT_CLOCK_SKEW_MS"] = SkewsMs[Math.Min(Interlocked.Increment(ref starts), 1)]);
    }
}
