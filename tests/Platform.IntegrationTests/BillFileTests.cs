using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Platform.IntegrationTests;

/// <summary>The provider's bill as it is downloaded, against the records, by day, key and model.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class BillFileTests(SharedPlatform shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Provider_s_downloaded_pages_match_the_records_and_a_row_of_somebody_else_is_found()
    {
        await Seed.FundSupportAsync(shared.Platform, Cancel);
        foreach (var stream in new[] { false, true })
        {
            var (status, body, _) = await Chat.CallAsync(shared.Platform.Gateway, Cancel, stream: stream);
            Assert.True(status == HttpStatusCode.OK, body);
        }

        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
        var costs = await DownloadAsync("costs");
        var usage = await DownloadAsync("usage/completions");
        var gateway = (await CompareAsync(costs, usage)).Where(IsBillable).ToList();
        Assert.NotEmpty(gateway);
        Assert.All(gateway, cell => Assert.True((string?)cell["outcome"] == "matched", cell.ToJsonString()));

        costs["data"]!.AsArray()[^1]!["results"]!.AsArray().Add(JsonNode.Parse(
            """{"amount":{"value":0.25,"currency":"usd"},"line_item":"gpt-4.1, output","project_id":null,"api_key_id":"else","quantity":31250}"""));
        var found = Assert.Single(await CompareAsync(costs, usage), cell => IsBillable(cell) && (string?)cell["outcome"] != "matched");
        Assert.Equal(("unattributed_on_bill", "else", "0.250000000"), ((string?)found["outcome"], (string?)found["key"], (string?)found["difference"]));
    }

    // Calls that other tests log as made elsewhere have no provider key, and this provider never saw them.
    private static bool IsBillable(JsonNode cell) => ((string?)cell["key"])!.Length > 0;

    private async Task<JsonNode> DownloadAsync(string page)
    {
        var start = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-1), TimeSpan.Zero).ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/organization/{page}?start_time={start}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sk-admin-of-the-provider");
        using var response = await shared.Platform.Simulator.SendAsync(request, Cancel);
        var body = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    private async Task<List<JsonNode>> CompareAsync(params JsonNode[] pages)
    {
        var directory = Directory.CreateTempSubdirectory("kt-bill-");
        try
        {
            var arguments = new List<string> { "reconcile", "--provider", "openai", "-o", "json" };
            foreach (var page in pages)
            {
                var path = Path.Combine(directory.FullName, $"page{arguments.Count}.json");
                await File.WriteAllTextAsync(path, page.ToJsonString(), Cancel);
                arguments.AddRange(["--file", path]);
            }

            var result = await shared.Platform.Kt.RunAsync(Cancel, [.. arguments]);
            Assert.True(result.ExitCode is 0 or 1 && result.Errors.Length == 0, result.ToString());
            return [.. JsonNode.Parse(result.Output)!["cells"]!.AsArray().Select(cell => cell!)];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
