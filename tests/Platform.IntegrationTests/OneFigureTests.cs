using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>Provider's bill = usage records = ledger = exported bytes, after ordinary traffic of every kind.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class OneFigureTests(SharedPlatform shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_is_in_spend_within_two_seconds_and_the_four_way_check_is_equal()
    {
        // A team of its own: what others' calls left under way would be counted with these.
        const string team = "team_one_figure";
        using var client = await Seed.FundedTeamAsync(shared.Platform, team, Cancel);
        (long Calls, decimal Cost) before = default;
        await Promise.KeptAsync(
            Promise.TwoSeconds,
            new Change(
                "spend with a call and a stream", CallAsync,
                () => Eventually.TrueAsync(async () => (await SpendAsync(team)).Calls == before.Calls + 2, Promise.Patience, "both calls in the spend")));
        var spent = await SpendAsync(team);
        Assert.True(spent.Cost > before.Cost);
        var shown = await shared.Platform.Kt.RunAsync(Cancel, "spend", "--all", "--by", "team", "--output", "json");
        Assert.True(shown.ExitCode == 0, shown.ToString());
        var row = JsonNode.Parse(shown.Output)!["rows"]!.AsArray().Single(row => row!.ToJsonString().Contains(team, StringComparison.Ordinal))!;
        Assert.Equal(spent, ((long)row["calls"]!, (decimal)row["cost"]!));
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);

        async Task CallAsync()
        {
            before = await SpendAsync(team);
            foreach (var stream in new[] { false, true })
            {
                var (status, body, response) = await Chat.CallAsync(client, Cancel, stream: stream);
                Assert.True(status == HttpStatusCode.OK, body);
                Assert.NotEmpty(response.Headers.GetValues("X-KT-Request-Id"));
            }
        }
    }

    [Fact]
    public async Task The_usage_chunk_of_a_stream_is_shown_only_to_a_caller_that_asked()
    {
        await Seed.FundSupportAsync(shared.Platform, Cancel);
        var (_, unasked, _) = await Chat.CallAsync(shared.Platform.Gateway, Cancel, stream: true);
        Assert.DoesNotContain("prompt_tokens", unasked);
        Assert.EndsWith("data: [DONE]\n\n", unasked);

        using var request = Chat.Request("gpt-4o-mini", "hello", stream: true);
        var body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(Cancel))!;
        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        request.Content = JsonContent.Create(body);
        using var response = await shared.Platform.Gateway.SendAsync(request, Cancel);
        Assert.Contains("prompt_tokens", await response.Content.ReadAsStringAsync(Cancel));
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
    }

    [Fact]
    public async Task Calls_made_elsewhere_are_debited_and_history_is_not()
    {
        const string team = "team_elsewhere";
        using var client = await Seed.FundedTeamAsync(shared.Platform, team, Cancel);
        foreach (var (funding, id) in new[] { ("external", "elsewhere-1"), ("history", "history-1"), ("external", "elsewhere-1") })
        {
            using var response = await shared.Platform.Api.PostAsJsonAsync(
                "v1/spend/log",
                new
                {
                    source = "integration-test", event_id = id, funding, team_id = team, provider = "openai", model = "gpt-4o-mini",
                    occurred_at = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).AddMinutes(-1),
                    input_tokens = 1_000_000, output_tokens = 0,
                },
                Cancel);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        }

        await Eventually.TrueAsync(async () => await SpentAsync(team) > 0, TimeSpan.FromSeconds(30), "the external call's posting");
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
        Assert.Equal(0.15m, await SpentAsync(team));
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_no_open_hold_and_the_bill_still_agrees()
    {
        await Seed.FundSupportAsync(shared.Platform, Cancel);
        await SlowProvider.BeginAsync(shared.Platform, Cancel);
        string attempt;
        using (var request = Chat.Request("gpt-4o-mini", "a short story", stream: true, maxTokens: 30))
        using (var response = await shared.Platform.Gateway.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel))
        {
            attempt = response.Headers.GetValues("X-KT-Attempt-Id").Single();
            await using var body = await response.Content.ReadAsStreamAsync(Cancel);
            Assert.True(await body.ReadAsync(new byte[64], Cancel) > 0);
        }

        await SlowProvider.EndAsync(shared.Platform, Cancel);

        // The gateway reads on to the provider's usage. Until then neither bill nor record names the attempt, so four legs agree without it, and it would end in the midst of another test.
        JsonNode? record = null;
        await Eventually.TrueAsync(
            async () => (record = JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/usage?attempt_id={attempt}", Cancel))!["records"]!.AsArray().SingleOrDefault()) is not null,
            TimeSpan.FromSeconds(60), "the record of the call whose client went away");
        Assert.Equal("client_closed", (string?)record!["outcome"]);
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
    }

    private async Task<(long Calls, decimal Cost)> SpendAsync(string team)
    {
        var total = JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/spend?team={team}", Cancel))!["total"]!;
        return ((long)total["calls"]!, (decimal)total["cost"]!);
    }

    private async Task<decimal> SpentAsync(string team)
    {
        var balance = JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/wallets/balance?team_id={team}", Cancel))!;
        return (decimal)balance["effective"]!["total_spent"]!;
    }
}
