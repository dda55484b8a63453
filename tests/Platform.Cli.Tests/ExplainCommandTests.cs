using System.Text.Json;

namespace Platform.Cli.Tests;

public sealed class ExplainCommandTests
{
    private const string Sentence = "Over 9 days spend was 12.0 % lower than its past made likely (-20.0 % to -4.0 %).";

    [Fact]
    public async Task Explain_says_how_segments_were_forecast_and_what_spend_did_after_changes_of_controls()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "explain", "--team", "team_a"));
        Assert.Contains("team_a, chat, no lane: forecast from its own 120 days", kt.Out, StringComparison.Ordinal);
        Assert.Contains("Days of holidays: 0.20 times what is usual", kt.Out, StringComparison.Ordinal);
        Assert.Contains($"After 2026-06-01 08:00:00Z, routing policy 4, by key_1: {Sentence}", kt.Out, StringComparison.Ordinal);
        Assert.Contains("After 2026-03-01 08:00:00Z, cap of team team_a is 5.00 USD a month, by key_2: An effect needs 14 days of usage before", kt.Out, StringComparison.Ordinal);

        // What was changed in the last days cannot be judged yet, and however many changes those are, the ones before them are asked for.
        Assert.Contains(server.Requests, request => request.Request.StartsWith("GET /v1/forecast/controls?team_id=team_a&until=", StringComparison.Ordinal) && request.Request.EndsWith("&limit=5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Explain_has_the_same_for_machines()
    {
        await using var server = Server();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("forecast", "explain", "--team", "team_a", "-o", "json"));
        using var answer = JsonDocument.Parse(kt.Out);
        var effects = answer.RootElement.GetProperty("effects").EnumerateArray().ToArray();
        Assert.Equal([Sentence], effects.Where(effect => effect.GetProperty("effect").ValueKind == JsonValueKind.Object).Select(effect => effect.GetProperty("sentence").GetString()));
        Assert.Equal(("e2", JsonValueKind.Null), (effects[1].GetProperty("control").GetProperty("event_id").GetString(), effects[1].GetProperty("effect").ValueKind));
        Assert.Equal("team_a", answer.RootElement.GetProperty("segments").GetProperty("segments")[0].GetProperty("team_id").GetString());
        Assert.Equal("USD", answer.RootElement.GetProperty("layers").GetProperty("currency").GetString());
    }

    private static ReplayServer Server() => new ReplayServer()
        .On("GET /v1/forecast/layers", """
            {"team_id":"team_a","currency":"USD","evidence":{"calls":1,"fallback_calls":0,"fell_back":0.0,"fell_back_primary":0.0,"premium":{"low":0,"middle":0,"high":0},"routed":0.0,
            "routed_default":0.0,"saving":{"low":0,"middle":0,"high":0},"denied_calls":0,"denied_bound":0.0,"cost_of_bound":1.0,"shadowed":0.0,"shadowed_rule":0.0},"notes":[]}
            """)
        .On("GET /v1/forecast/segments", """
            {"segments":[{"team_id":"team_a","workload":"chat","lane":"","basis":"own","model":"a median","history_days":120,"findings":["Days of holidays: 0.20 times what is usual"],
            "calls_trend":{"low":0,"middle":0,"high":0},"tokens_per_call_trend":{"low":0,"middle":0,"high":0},"price_per_token_trend":{"low":0,"middle":0,"high":0}}]}
            """)
        .On("GET /v1/forecast/controls", """
            {"controls":[{"event_id":"e1","occurred_at":"2026-06-01T08:00:00Z","summary":"routing policy 4","actor":"key_1"},
            {"event_id":"e2","occurred_at":"2026-03-01T08:00:00Z","summary":"cap of team team_a is 5.00 USD a month","actor":"key_2"}]}
            """)
        .On("GET /v1/forecast/effect?event_id=e1&team_id=team_a", $$"""{"sentence":"{{Sentence}}"}""")
        .On("GET /v1/forecast/effect?event_id=e2&team_id=team_a", """{"status":400,"detail":"An effect needs 14 days of usage before","reason":"INVALID_ARGUMENT"}""", 400, "application/problem+json");
}
