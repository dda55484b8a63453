using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;
using Platform.AppHost;
using Platform.IntegrationTests.Leases;
using Platform.Testing;

namespace Platform.IntegrationTests.Routing;

/// <summary>The routing policy as people change it with kt, while two gateways serve calls by it.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed partial class RoutingPolicyTests(SharedPlatform shared) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kt-policy-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await ServedPolicy.RollBackAsync(shared.Platform, "1", Cancel);
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_documented_example_comes_into_force_in_every_gateway_within_two_seconds_and_is_told_of()
    {
        await using var second = GatewayProcess.Start(shared.Platform, Path.Combine(_folder.FullName, "journal"), crashAt: null);
        Assert.True(await second.IsHealthyAsync(Cancel), "the second gateway died");
        second.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningPlatform.SupportKey);
        Assert.Contains("gpt-4.1", await ModelsAsync(shared.Platform.Gateway));

        var file = Example();
        Assert.Equal(1, (await shared.Platform.Kt.RunAsync(Cancel, "routes", "diff", "-f", file)).ExitCode);
        HttpClient[] gateways = [shared.Platform.Gateway, second.Client];
        await Promise.KeptAsync(
            Promise.TwoSeconds,
            new Change(
                "the first version again", () => KtAsync("routes", "rollback", "1"),
                () => UntilAsync(gateways, models => models.Contains("gpt-4.1"), "the models of before")),
            new Change(
                "the example",
                async () => Assert.Contains("small-evaluations", (await KtAsync("routes", "apply", "-f", file, "--description", "the example")).Output, StringComparison.Ordinal),
                () => UntilAsync(
                    gateways, models => models.SequenceEqual(["gpt-4o", "gpt-4o-mini", "o4-mini", "text-embedding-3-small"]), "the example's models, of providers that are set up")));

        var newest = JsonNode.Parse((await KtAsync("routes", "history", "--limit", "1", "-o", "json")).Output)!["versions"]![0]!;
        Assert.Equal("the example", (string?)newest["description"]);
        Assert.StartsWith("key_", (string?)newest["actor"], StringComparison.Ordinal);
        var shown = Path.Combine(_folder.FullName, "shown.yaml");
        await File.WriteAllTextAsync(shown, (await KtAsync("routes", "show")).Output, Cancel);
        Assert.Contains("Nothing to change", (await KtAsync("routes", "apply", "-f", shown)).Errors, StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => await CountOutboxAsync() == 0, TimeSpan.FromSeconds(20), "the events to have been published");
        Assert.Equal(0, await second.StopAsync(Cancel));
    }

    [Fact]
    public async Task Changes_under_load_drop_no_call_and_each_record_names_the_version_that_it_was_served_by()
    {
        var (example, original) = (Example(), Path.Combine(_folder.FullName, "original.yaml"));
        await WriteUnlimitedAsync(example, await File.ReadAllTextAsync(example, Cancel));
        await WriteUnlimitedAsync(original, (await KtAsync("routes", "show", "--version", "1")).Output);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var client = await Seed.FundedTeamAsync(shared.Platform, "team_policies", Cancel);
        await KtAsync("routes", "apply", "-f", original);
        var first = await VersionAsync();
        await ServedPolicy.UntilAfterAsync(shared.Platform, first - 1, Cancel);
        var callers = Enumerable.Range(0, 8).Select(_ => CallUntilAsync(client, stop.Token)).ToList();
        try
        {
            for (var change = 0; change < 8; change++)
            {
                await KtAsync("routes", "apply", "-f", change % 2 == 0 ? example : original, "--expected-version", $"{first + change}");
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(callers);
        }

        var answersOfEach = await Task.WhenAll(callers);
        var answers = answersOfEach.SelectMany(list => list).ToList();
        Assert.Equal("", string.Join('\n', answers.Where(answer => answer.Status != HttpStatusCode.OK).Select(answer => $"{answer.Status} {answer.Body}").Distinct().Take(5)));
        Assert.True(answers.Count > 50, $"only {answers.Count} calls were made");
        Assert.Equal(first + 8, await VersionAsync());

        // Each caller's first answer by another document than the one before it. Every second version is the example.
        var versions = new HashSet<long>();
        foreach (var answer in answersOfEach.SelectMany(list => list.Where((answer, place) => place == 0 || answer.Lane != list[place - 1].Lane)))
        {
            var version = await RecordedVersionAsync(answer.Attempt);
            Assert.InRange(version, first, first + 8);
            Assert.Equal((version - first) % 2 == 0 ? "standard" : "economy", answer.Lane);
            versions.Add(version);
        }

        Assert.True(versions.Count > 1, "every caller was served by one version only");
    }

    [Fact]
    public async Task A_rule_moves_a_call_to_whom_explain_says_it_would_and_its_record_says_why()
    {
        using var client = await Seed.FundedTeamAsync(shared.Platform, "team_rules", Cancel);
        await KtAsync("routes", "apply", "-f", Example());
        JsonNode explained = new JsonObject();
        await Eventually.TrueAsync(
            async () =>
            {
                explained = JsonNode.Parse((await KtAsync(
                    "routes", "explain", "--model", "gpt-4o", "--workload", "evaluation", "--team", "team_rules", "--input-tokens", "50", "-o", "json")).Output)!;
                return (string?)explained["lane"] == "economy";
            },
            TimeSpan.FromSeconds(20), "the gateway to explain by the example");
        Assert.Equal("decides", (string?)explained["rules"]![0]!["outcome"]);
        var first = explained["lanes"]![0]!["targets"]![0]!;

        var (status, _, response) = await Chat.CallAsync(
            client, Cancel, model: "gpt-4o", maxTokens: 5, headers: new Dictionary<string, string> { ["X-KT-Workload"] = "evaluation" });
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("economy", (string?)first["target"]), (response.Headers.GetValues("X-KT-Lane").Single(), response.Headers.GetValues("X-KT-Target").Single()));
        Assert.True((decimal)first["set_aside"]! > (decimal)first["estimated_cost"]!);
        var call = response.Headers.GetValues("X-KT-Request-Id").Single();
        await Eventually.TrueAsync(
            async () => await shared.Platform.Kt.RunAsync(Cancel, "usage", "show", call) is { ExitCode: 0 } shown && shown.Output.Contains("rule small-evaluations", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30), "the record with its reason");
    }

    [Fact]
    public async Task A_document_with_problems_is_refused_with_all_of_them_and_changes_nothing()
    {
        var before = await VersionAsync();
        var bad = Path.Combine(_folder.FullName, "bad.yaml");
        await File.WriteAllTextAsync(bad, (await File.ReadAllTextAsync(Example(), Cancel)).Replace("lane: premium", "lane: fast", StringComparison.Ordinal).Replace("requests_per_minute: 600", "requests_per_minute: -1", StringComparison.Ordinal), Cancel);
        var refused = await shared.Platform.Kt.RunAsync(Cancel, "routes", "apply", "-f", bad);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("models[gpt-4o].lane: there is no lane 'fast'", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("models[o4-mini].lane: there is no lane 'fast'", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("limits[each-key].requests_per_minute: must be 0 to", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, await VersionAsync());
    }

    [Fact]
    public async Task Providers_are_added_and_tested_and_their_keys_never_shown()
    {
        var test = await KtAsync("providers", "test", "openai");
        Assert.Contains("It took the key and names", test.Output, StringComparison.Ordinal);
        await KtAsync("providers", "add", "nowhere", "--kind", "compatible", "--base-url", "http://127.0.0.1:9", "--api-key", "none");
        await Eventually.TrueAsync(
            async () => (await shared.Platform.Kt.RunAsync(Cancel, "providers", "test", "nowhere")) is { ExitCode: 1 } failed && failed.Output.Contains("cannot be reached", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30), "the new provider to be asked in vain");
        var list = await KtAsync("providers", "list", "-o", "json");
        Assert.DoesNotContain("sk-simulator", test.Output + list.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"```yaml\n(?<document>.*?)```", RegexOptions.Singleline)]
    private static partial Regex DocumentPattern();

    /// <summary>The example of docs/routing.md as a file.</summary>
    private string Example()
    {
        var path = Path.Combine(_folder.FullName, "example.yaml");
        File.WriteAllText(path, DocumentPattern().Match(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "routing.md"))).Groups["document"].Value);
        return path;
    }

    /// <summary>Without its limits, which so many calls of one key would reach.</summary>
    private static Task WriteUnlimitedAsync(string path, string document) => File.WriteAllTextAsync(path, document.Split("\nlimits:")[0], Cancel);

    /// <summary>Calls that the example's rule moves into lane economy, and the original leaves in standard.</summary>
    private static async Task<List<Answer>> CallUntilAsync(HttpClient client, CancellationToken stop)
    {
        var answers = new List<Answer>();
        while (!stop.IsCancellationRequested)
        {
            var (status, body, response) = await Chat.CallAsync(client, Cancel, maxTokens: 5, headers: new Dictionary<string, string> { ["X-KT-Workload"] = "evaluation" });
            using (response)
            {
                answers.Add(status == HttpStatusCode.OK
                    ? new Answer(status, "", response.Headers.GetValues("X-KT-Lane").Single(), response.Headers.GetValues("X-KT-Attempt-Id").Single())
                    : new Answer(status, body, "", ""));
            }
        }

        return answers;
    }

    /// <summary>The version in the record of an attempt.</summary>
    private async Task<long> RecordedVersionAsync(string attempt)
    {
        JsonNode? record = null;
        await Eventually.TrueAsync(
            async () => (record = JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/usage?attempt_id={attempt}", Cancel))!["records"]!.AsArray().SingleOrDefault()) is not null,
            TimeSpan.FromSeconds(30), $"the record of {attempt}");
        var label = (string)record!["route_policy"]!;
        Assert.StartsWith("policy@", label, StringComparison.Ordinal);
        return long.Parse(label["policy@".Length..], CultureInfo.InvariantCulture);
    }

    private static Task UntilAsync(HttpClient[] gateways, Func<List<string>, bool> isSo, string what) => Task.WhenAll(
        gateways.Select(gateway => Eventually.TrueAsync(async () => isSo(await ModelsAsync(gateway)), Promise.Patience, what)));

    private static async Task<List<string>> ModelsAsync(HttpClient gateway) =>
        [.. JsonNode.Parse(await gateway.GetStringAsync("v1/models", Cancel))!["data"]!.AsArray().Select(model => (string)model!["id"]!)];

    private async Task<long> VersionAsync() => (long)JsonNode.Parse(await shared.Platform.Api.GetStringAsync("v1/routes", Cancel))!["version"]!;

    private async Task<long> CountOutboxAsync()
    {
        await using var database = NpgsqlDataSource.Create(await shared.Platform.ConnectionStringAsync(ResourceNames.RoutingDatabase));
        await using var count = database.CreateCommand("SELECT count(*) FROM outbox");
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    /// <param name="Body">Of an error.</param>
    /// <param name="Lane">That a call was served in; of an error neither it nor the attempt is known.</param>
    private sealed record Answer(HttpStatusCode Status, string Body, string Lane, string Attempt);
}
