using System.Net;
using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>A budget as people set it with kt: told of what calls at the gateway spend, and, with a hard limit, stopping them.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class BudgetTests(SharedPlatform shared)
{
    private const string Budget = "team_budgets_month";

    /// <summary>Two seconds from the intake on, and what the call's record needs to get there.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_budget_tells_what_calls_spend_and_its_hard_limit_stops_them_until_it_is_raised()
    {
        using var client = await Seed.FundedTeamAsync(shared.Platform, "team_budgets", Cancel);
        await KtAsync("budgets", "set", Budget, "--team", "team_budgets", "--period", "month", "--amount", "0.00001", "--forecast-thresholds", "none");

        // 1. One call costs more than the budget: all of its thresholds are reached, and told as one.
        await UntilAsync(client, HttpStatusCode.OK, null);
        JsonNode? shown = null;
        await Eventually.TrueAsync(
            async () => (string)(shown = await GetAsync($"v1/budgets/{Budget}"))["status"]! == "exceeded", Promised, () => $"the budget to be exceeded, not {shown}");
        var crossings = (await KtJsonAsync("budgets", "history", Budget))["crossings"]!.AsArray();
        Assert.Equal([100, 80, 50], crossings.Select(crossing => (int)crossing!["percent"]!).OrderDescending());
        Assert.Single(crossings.Select(crossing => (string)crossing!["told_at"]!).Distinct());
        Assert.Equal(0, (int)(await KtJsonAsync("budgets", "ack", Budget, "--note", "seen"))["open"]!);

        // 2. A hard limit counts what was spent before it was hard: nothing more passes, until the amount is raised.
        await Promise.KeptAsync(
            Promised,
            new Change(
                "a hard limit that is reached", () => KtAsync("budgets", "set", Budget, "--hard-limit", "on", "--amount", "0.00001"),
                () => UntilAsync(client, HttpStatusCode.PaymentRequired, "cap_reached")),
            new Change("a hard limit that was raised", RaiseAsync, () => UntilAsync(client, HttpStatusCode.OK, null)));

        // 3. With the budget the cap goes.
        await KtAsync("budgets", "remove", Budget);
        await Eventually.TrueAsync(
            async () => (await GetAsync("v1/caps?scope=team&scope_id=team_budgets"))["caps"]!.AsArray().Count == 0, Promised, "the cap to end");
        await KtAsync("wallets", "verify");

        async Task RaiseAsync()
        {
            var cap = (await KtJsonAsync("caps", "list", "--team", "team_budgets"))["caps"]!.AsArray().Single()!;
            Assert.Equal($"budget {Budget}", (string)cap["source"]!);
            await KtAsync("budgets", "set", Budget, "--amount", "1");
        }
    }

    [Fact]
    public async Task A_budget_of_a_tag_counts_the_calls_that_carry_it()
    {
        using var client = await Seed.FundedTeamAsync(shared.Platform, "team_tagged", Cancel);
        await KtAsync("budgets", "set", "search_2", "--tag", "feature=search, new", "--period", "month", "--amount", "1", "--forecast-thresholds", "none");

        foreach (var tags in new[] { "feature=search%2C%20new,customer=acme", "feature=chat", "feature=search%2C%20new" })
        {
            Assert.Equal(HttpStatusCode.OK, (await Chat.CallAsync(client, Cancel, headers: new Dictionary<string, string> { ["X-KT-Tags"] = tags })).Status);
        }

        JsonArray records = [];
        await Eventually.TrueAsync(
            async () => (records = (await KtJsonAsync("usage", "list", "--team", "team_tagged", "--tag", "feature=search, new"))["records"]!.AsArray()).Count == 2,
            TimeSpan.FromSeconds(30), "both records with the tag");
        var cost = records.Sum(record => (decimal)record!["cost"]!);
        Assert.True(cost > 0);
        await Eventually.TrueAsync(async () => (decimal?)(await GetAsync("v1/budgets/search_2"))["spent"] == cost, Promised, $"{cost} to be counted");
        var refused = await Chat.CallAsync(client, Cancel, headers: new Dictionary<string, string> { ["X-KT-Tags"] = "feature" });
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_ARGUMENT"), (refused.Status, (string?)JsonNode.Parse(refused.Body)!["error"]!["code"]));
    }

    private static async Task UntilAsync(HttpClient client, HttpStatusCode status, string? code)
    {
        var last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                var (answered, body, _) = await Chat.CallAsync(client, Cancel);
                last = $"{(int)answered} {body}";
                return answered == status && (code is null || (string?)JsonNode.Parse(body)!["error"]!["code"] == code);
            },
            Promise.Patience, () => $"{(int)status} {code}; the last answer was {last}");
    }

    /// <summary>Where time counts: a command would need as long to start as is promised.</summary>
    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await shared.Platform.Api.GetStringAsync(path, Cancel))!;

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<JsonNode> KtJsonAsync(params string[] arguments) => JsonNode.Parse((await KtAsync([.. arguments, "-o", "json"])).Output)!;
}
