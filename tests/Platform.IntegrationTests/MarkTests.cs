using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>What a wallet lets through or refuses though it cannot cover it, from the call at the gateway to every place where people read of it.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class MarkTests(SharedPlatform shared)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_the_organisation_pays_is_marked_overflow_wherever_it_is_read()
    {
        using var client = await TeamAsync("team_overflow", "--overflow-to-parent");
        var record = await MarkedCallAsync(client, "overflow");
        await KtAsync("usage", "correct", (string)record["record_id"]!, "--output-tokens", "-1");
        await KtAsync("usage", "correct", (string)record["record_id"]!, "--output-tokens", "1");

        var read = await GetAsync($"v1/usage/{record["attempt_id"]}");
        Assert.Equal(["overflow", "overflow"], read["corrections"]!.AsArray().Select(correction => (string?)correction!["mark"]));
        Assert.Equal((decimal)record["cost"]!, (decimal)read["net_cost"]!);
        await AssertEverywhereAsync("team_overflow", "overflow", (decimal)record["cost"]!);
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
    }

    [Fact]
    public async Task A_call_that_a_wallet_only_observes_is_marked_observed_and_is_denied_demand_with_its_tags()
    {
        using var client = await TeamAsync("team_observes", "--observe");
        var record = await MarkedCallAsync(client, "observed");
        await AssertEverywhereAsync("team_observes", "observed", (decimal)record["cost"]!);
        await DeniedAsync("team_observes", "Feature=marks", denied => (long)denied["observed_attempts"]! == 1 && (long)denied["attempts"]! == 0);
        Assert.Contains("OBSERVES ONLY", (await KtAsync("wallets", "list")).Output.Split('\n').Single(line => line.Contains("wal_team_observes", StringComparison.Ordinal)));
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
    }

    [Fact]
    public async Task A_refused_call_is_denied_demand_with_its_tags()
    {
        using var client = await TeamAsync("team_refused", policy: null);
        await CallAsync(client, HttpStatusCode.PaymentRequired);
        await DeniedAsync("team_refused", "Feature=marks", denied => (long)denied["attempts"]! == 1);
        await DeniedAsync("team_refused", "feature=Marks", denied => (long)denied["attempts"]! == 1);
        await DeniedAsync("team_refused", "Feature=other", denied => (long)denied["attempts"]! == 0);
    }

    [Fact]
    public async Task Usage_of_an_overflow_call_that_an_operator_settles_is_marked_too()
    {
        using var client = await TeamAsync("team_settled", "--overflow-to-parent");
        using (var fault = await shared.Platform.Simulator.PostAsync("admin/faults", JsonContent.Create(new { usage = "missing" }), Cancel))
        {
            fault.EnsureSuccessStatusCode();
        }

        var attempt = (await CallAsync(client, HttpStatusCode.OK)).Headers.GetValues("X-KT-Attempt-Id").Single();
        using var cleared = await shared.Platform.Simulator.DeleteAsync("admin/faults", Cancel);
        Assert.Contains(attempt, (await Suspense.SettleAsync(shared.Platform, Cancel, atLeast: 1)).Keys);
        var record = (await GetAsync($"v1/usage/{attempt}"))["record"]!;
        Assert.Equal(("suspense", "overflow"), ((string)record["source"]!, (string)record["mark"]!));
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
    }

    /// <summary>A team without money, and a client with its key.</summary>
    private async Task<HttpClient> TeamAsync(string team, string? policy)
    {
        await KtAsync("teams", "create", team);
        if (policy is not null)
        {
            await KtAsync("wallets", "policy", team, policy, "on");
        }

        var key = JsonNode.Parse((await KtAsync("auth", "token", "create", "--name", team, "--team", team, "-o", "json")).Output)!;
        var client = new HttpClient { BaseAddress = shared.Platform.Gateway.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)key["secret"]!);
        return client;
    }

    /// <summary>One call, once the gateway knows the key.</summary>
    private static async Task<HttpResponseMessage> CallAsync(HttpClient client, HttpStatusCode expected)
    {
        HttpResponseMessage? answer = null;
        var body = "";
        await Eventually.TrueAsync(
            async () =>
            {
                (var status, body, answer) = await Chat.CallAsync(client, Cancel, headers: new Dictionary<string, string> { ["X-KT-Tags"] = "Feature=marks,feature=Marks" });
                return status != HttpStatusCode.Unauthorized;
            },
            Limit, "the gateway to know the key");
        Assert.True(answer!.StatusCode == expected, body);
        return answer;
    }

    private async Task<JsonNode> MarkedCallAsync(HttpClient client, string mark)
    {
        using var answer = await CallAsync(client, HttpStatusCode.OK);
        Assert.Equal(mark, answer.Headers.GetValues("X-KT-Mark").Single());
        var attempt = answer.Headers.GetValues("X-KT-Attempt-Id").Single();
        await Eventually.TrueAsync(async () => (await GetAsync($"v1/usage?attempt_id={attempt}"))["records"]!.AsArray().Count == 1, Limit, "the call's record");
        var record = (await GetAsync($"v1/usage/{attempt}"))["record"]!;
        Assert.Equal(mark, (string)record["mark"]!);
        return record;
    }

    /// <summary>In lists, in sums, in kt and in exports: all that the team has spent is marked so.</summary>
    private async Task AssertEverywhereAsync(string team, string mark, decimal cost)
    {
        var listed = (await GetAsync($"v1/usage?team={team}&mark={mark}"))["records"]!.AsArray();
        Assert.Equal(cost, listed.Sum(record => (decimal)record!["cost"]!));
        var row = Assert.Single((await GetAsync($"v1/spend?mark=overflow,observed&group_by=team,mark&team={team}"))["rows"]!.AsArray())!;
        Assert.Equal((team, mark, cost), ((string)row["team"]!, (string)row["mark"]!, (decimal)row["cost"]!));
        Assert.Equal(cost, (decimal)(await GetAsync($"v1/spend?team={team}"))["total"]!["cost"]!);
        Assert.Equal(cost, (decimal)(await GetAsync($"v1/spend/run-rate?team={team}&mark={mark}"))["last_hour"]!);
        Assert.Contains($" {mark} ", (await KtAsync("usage", "list", "--team", team, "--mark", mark)).Output);
        Assert.Contains($" {mark} ", (await KtAsync("spend", "--team", team, "--mark", mark, "--by", "team,mark")).Output);
        var exported = await ExportedAsync(team);
        Assert.Equal(listed.Count, exported.Count);
        Assert.All(exported, record => Assert.Equal(mark, (string)record["mark"]!));
        Assert.Equal(cost, exported.Sum(record => Amount((string)record["cost"]!)));
        Assert.Equal(cost, await BilledAsync(team));
    }

    private async Task<List<JsonNode>> ExportedAsync(string team) =>
        [.. (await DownloadAsync("json")).SelectMany(file => JsonNode.Parse(file)!.AsArray()).OfType<JsonNode>().Where(record => (string?)record["team_id"] == team)];

    /// <summary>Of the team's rows in FOCUS files, whose first column is BilledCost.</summary>
    private async Task<decimal> BilledAsync(string team)
    {
        var files = await DownloadAsync("focus");
        Assert.All(files, file => Assert.StartsWith("BilledCost,", file));
        return files.SelectMany(file => file.Split("\r\n")).Where(line => line.Contains($",{team},", StringComparison.Ordinal))
            .Sum(line => Amount(line[..line.IndexOf(',', StringComparison.Ordinal)]));
    }

    /// <summary>What was spent in the last hour: a file a billing period, of which there are two in the first hour of a month.</summary>
    private async Task<List<string>> DownloadAsync(string format)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var run = await shared.Platform.Api.PostAsJsonAsync("v1/exports/runs", new { from = now.AddHours(-1), to = now, s3_bucket = "marks", format }, Cancel);
        var answer = JsonNode.Parse(await run.Content.ReadAsStringAsync(Cancel))!;
        Assert.True((string?)answer["state"] == "completed", answer.ToJsonString());
        var files = new List<string>();
        foreach (var file in answer["files"]!.AsArray())
        {
            files.Add(await shared.Platform.Api.GetStringAsync($"v1/exports/runs/{answer["run_id"]}/download?billing_period={file!["billing_period"]}", Cancel));
        }

        return files;
    }

    private static decimal Amount(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private Task DeniedAsync(string team, string tag, Func<JsonNode, bool> isAsExpected) => Eventually.TrueAsync(
        async () => isAsExpected((await GetAsync($"v1/demand/denied?team={team}&tag={Uri.EscapeDataString(tag)}"))["total"]!), Limit, $"what {team} was refused with {tag}");

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await shared.Platform.Api.GetStringAsync(path, Cancel))!;

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }
}
