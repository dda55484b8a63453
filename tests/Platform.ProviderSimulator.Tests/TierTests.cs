using System.Net;
using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class TierTests
{
    // By hand: prompt of 8 tokens, answer of 1, per million.
    [Theory]
    [InlineData("", null, "default", "0.000013200")]
    [InlineData(""","service_tier":"auto" """, "default", "default", "0.000013200")]
    [InlineData(""","service_tier":"flex" """, "flex", "flex", "0.000006600")]
    [InlineData(""","service_tier":"priority" """, "priority", "priority", "0.000024000")]
    public async Task A_tier_is_told_and_billed_at_its_price(string asked, string? told, string billed, string cost)
    {
        await using var simulator = await StartAsync();
        var chat = await simulator.ChatJsonAsync(Body(asked, model: "o4-mini"), "X-Sim-Output-Tokens: 1");
        var chunks = (await simulator.ChatEventsAsync(Body(asked + ""","stream":true""", model: "o4-mini"), "X-Sim-Output-Tokens: 1"))[..^1].Select(chunk => JsonDocument.Parse(chunk).RootElement).ToList();
        var response = await simulator.PostJsonAsync("/v1/responses", $$"""{"model":"o4-mini","input":"hello"{{asked}}}""", "X-Sim-Output-Tokens: 1");

        Assert.All([chat, response, .. chunks], answer => Assert.Equal(told, answer.TryGetProperty("service_tier", out var tier) ? tier.GetString() : null));
        Assert.Equal(Enumerable.Repeat((billed, cost), 3), (await simulator.InvoiceAsync()).Select(line => (line.GetProperty("service_tier").GetString()!, line.GetProperty("cost").GetString()!)));
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"a"}],"service_tier":"flex"}""")]
    [InlineData("/v1/chat/completions", """{"model":"o4-mini","messages":[{"role":"user","content":"a"}],"service_tier":1}""")]
    [InlineData("/v1/responses", """{"model":"gpt-4o","input":"a","service_tier":"priority"}""")]
    public async Task A_tier_that_a_model_does_not_have_is_refused(string path, string body)
    {
        await using var simulator = await StartAsync();
        using var refused = await simulator.PostAsync(path, body);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Empty(await simulator.InvoiceAsync());
    }

    [Fact]
    public async Task A_fault_serves_another_tier_than_was_asked_for()
    {
        await using var simulator = await StartAsync();
        var answer = await simulator.ChatJsonAsync(Body(""","service_tier":"priority" """, model: "o4-mini"), "X-Sim-Output-Tokens: 1", "X-Sim-Service-Tier: default");
        Assert.Equal("default", answer.GetProperty("service_tier").GetString());
        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal(("default", "0.000013200"), (line.GetProperty("service_tier").GetString(), line.GetProperty("cost").GetString()));
    }
}
