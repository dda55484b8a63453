using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests.Routing;

/// <summary>
/// Calls of every tier of service, plain and streamed, of chat and responses: served as asked, served at another tier, cut before they tell it. What the provider bills is what is metered, posted and
/// exported, to the last digit.
/// </summary>
public sealed class ServiceTierTests(ServiceTierTests.Tiers tiers) : IClassFixture<ServiceTierTests.Tiers>
{
    // The model that is asked for, the caller's own tier, what the provider does → the tier of the record; null: nobody knows, until the bill says.
    private static readonly (string Model, string Asked, string Fault, string? Tier)[] Calls =
    [
        ("o4-mini", "", "{}", "standard"), ("o4-flex", "", "{}", "flex"), ("o4-priority", "", "{}", "priority"), ("o4-mini", "flex", "{}", "flex"), ("o4-priority", "flex", "{}", "priority"),
        ("o4-flex", "", """{"service_tier":"default"}""", "standard"), ("o4-priority", "", """{"service_tier":"default"}""", "standard"), ("o4-mini", "flex", """{"service_tier":"default"}""", "standard"),
        ("o4-mini", "", """{"service_tier":"priority"}""", "priority"), ("o4-flex", "", """{"cut_after_tokens":3}""", null), ("o4-priority", "", """{"cut_after_tokens":3,"service_tier":"default"}""", null),
        // From a server that refuses stream_options and tells usage by itself: the tier shows that it was served.
        ("o4-unasked", "", """{"stream_usage":"always","service_tier":"flex"}""", "flex"),
        // A refusal bills nothing and names no tier: its record has the one that was asked for.
        ("o4-flex", "", """{"status":429,"retry_after_s":0}""", "flex"),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RunningPlatform Platform => tiers.Platform;

    [Fact]
    public async Task Every_tier_in_every_shape_leaves_one_figure_and_its_name_in_the_record()
    {
        var (expected, unknown) = (new Dictionary<string, string>(), 0);
        foreach (var (model, asked, fault, tier) in Calls)
        {
            foreach (var (path, content) in new[] { ("v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"max_tokens\":40"), ("v1/responses", "\"input\":\"hello\",\"max_output_tokens\":40") })
            {
                foreach (var stream in new[] { "false", "true" })
                {
                    var attempt = await CallAsync(path, $$"""{"model":"{{model}}",{{(asked.Length > 0 ? $"\"service_tier\":\"{asked}\"," : "")}}{{content}},"stream":{{stream}}}""", fault);
                    if (tier is null)
                    {
                        unknown++;
                        continue;
                    }

                    expected[attempt!] = tier;
                }
            }
        }

        Assert.Equal(unknown, (await Suspense.SettleAsync(Platform, Cancel, atLeast: unknown)).Count);
        await Reconciliation.AssertEqualAsync(Platform, Cancel);
        var records = JsonNode.Parse(await Platform.Api.GetStringAsync("v1/usage?page_size=200", Cancel))!["records"]!.AsArray();
        var told = records.Where(record => (string)record!["corrects_record_id"]! == "").ToDictionary(record => (string)record!["attempt_id"]!, record => (string)record!["service_tier"]!);
        Assert.All(expected, pair => Assert.Equal(pair.Value, told[pair.Key]));
    }

    [Fact]
    public async Task A_tier_without_a_price_keeps_its_money_set_aside_until_there_is_one()
    {
        await CallAsync("v1/chat/completions", """{"model":"o4-mini","messages":[{"role":"user","content":"hello"}],"max_tokens":40}""", """{"service_tier":"ultrafast"}""");
        await Eventually.TrueAsync(
            async () => (await KtAsync("prices", "unpriced")).Contains("ultrafast", StringComparison.Ordinal), TimeSpan.FromSeconds(30), "the call to be recorded as unpriced");

        // The simulator has no such tier, and bills it as its default one.
        await KtAsync("prices", "set", "openai", "o4-mini", "--tier", "ultrafast", "--input", "1.10", "--cached-input", "0.275", "--output-rate", "4.40", "--source", "test");
        await Reconciliation.AssertEqualAsync(Platform, Cancel);
    }

    [Fact]
    public async Task Planned_work_of_the_scheduled_lane_is_priced_by_the_tier_that_the_policy_serves_it_at()
    {
        var planned = JsonNode.Parse(await KtAsync(
            "forecast", "plan", "add", "nightly", "--team", "team_support", "--model", "o4-mini", "--lane", "scheduled", "--starts", "2100-01-01", "--calls-per-day", "10", "--input-tokens", "1000000",
            "-o", "json"))!;
        Assert.Equal((0.55m, "openai o4-mini, tier flex, by which the policy serves lane scheduled"), ((decimal)planned["cost_per_call"]!, (string)planned["price_note"]!));
    }

    /// <summary>Answers the attempt's id; null where the answer was broken off before its headers.</summary>
    private async Task<string?> CallAsync(string path, string body, string fault)
    {
        using var set = await Platform.Simulator.PostAsync("admin/faults", new StringContent(fault, Encoding.UTF8, "application/json"), Cancel);
        set.EnsureSuccessStatusCode();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        string? attempt = null;
        try
        {
            using var response = await Platform.Gateway.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            attempt = response.Headers.GetValues("X-KT-Attempt-Id").Single();
            await response.Content.ReadAsByteArrayAsync(Cancel);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // Broken off, as it was upstream.
        }

        return attempt;
    }

    private Task<string> KtAsync(params string[] arguments) => tiers.KtAsync(arguments);

    /// <summary>A platform that serves a model at three tiers, and its scheduled lane at flex. One for all of them: each leaves its books even.</summary>
    public sealed class Tiers : IAsyncLifetime
    {
        private RunningPlatform? _platform;

        internal RunningPlatform Platform => _platform!;

        public async ValueTask InitializeAsync()
        {
            _platform = await RunningPlatform.StartAsync(Cancel);
            await Seed.FundSupportAsync(Platform, Cancel);
            await KtAsync("prices", "set", "openai", "o4-mini", "--tier", "flex", "--input", "0.55", "--cached-input", "0.138", "--output-rate", "2.20", "--source", "test");
            await KtAsync("prices", "set", "openai", "o4-mini", "--tier", "priority", "--input", "2.00", "--cached-input", "0.50", "--output-rate", "8.00", "--source", "test");
            await ServeByTierAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (_platform is not null)
            {
                await _platform.DisposeAsync();
            }
        }

        internal async Task<string> KtAsync(params string[] arguments)
        {
            var result = await Platform.Kt.RunAsync(Cancel, arguments);
            Assert.True(result.ExitCode == 0, result.ToString());
            return result.Output;
        }

        private async Task ServeByTierAsync()
        {
            var policy = JsonNode.Parse(await Platform.Api.GetStringAsync("v1/routes", Cancel))!["policy"]!;
            var standard = policy["targets"]!.AsArray().Single(target => (string)target!["model"]! == "o4-mini")!;
            foreach (var (name, field, value) in new[] { ("o4-flex", "service_tier", "flex"), ("o4-priority", "service_tier", "priority"), ("o4-unasked", "stream_usage", "always") })
            {
                var target = standard.DeepClone();
                (target["name"], target[field]) = (name, value);
                policy["targets"]!.AsArray().Add(target);
                policy["models"]!.AsArray().Add(new JsonObject
                {
                    ["name"] = name, ["lane"] = "standard", ["route"] = JsonNode.Parse("""{"targets":[{"target":"TARGET"}],"failover":{"fallback_on":["none"],"retry_on":["none"]}}""".Replace("TARGET", name, StringComparison.Ordinal)),
                });
            }

            policy["lanes"]!.AsArray().Single(lane => (string)lane!["name"]! == "scheduled")!["route"] = JsonNode.Parse("""{"targets":[{"target":"o4-flex"}]}""");
            using var request = new HttpRequestMessage(HttpMethod.Put, "v1/routes") { Content = JsonContent.Create(new JsonObject { ["policy"] = policy.DeepClone() }) };
            request.Headers.Add("Idempotency-Key", "tiers");
            using var response = await Platform.Api.SendAsync(request, Cancel);
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
            await Eventually.TrueAsync(
                async () => (await Platform.Gateway.GetStringAsync("v1/models", Cancel)).Contains("o4-priority", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "the policy to be served by");
            await Eventually.TrueAsync(
                async () => await IsPricedAsync("o4-flex") && await IsPricedAsync("o4-priority"), TimeSpan.FromSeconds(60), "the prices to have reached the gateway");
        }

        private async Task<bool> IsPricedAsync(string model) =>
            (await KtAsync("routes", "explain", "--model", model)).Contains("First in order", StringComparison.Ordinal);
    }
}
