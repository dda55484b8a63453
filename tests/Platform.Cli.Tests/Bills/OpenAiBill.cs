using System.Globalization;
using System.Text.Json.Nodes;
using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Tests.Bills;

/// <summary>A provider's pages made of calls, as OpenAI answers them: costs of each day's sum, not of each call's rounded figures.</summary>
internal static class OpenAiBill
{
    /// <param name="price">By what the provider multiplies its list price, by model and kind.</param>
    public static JsonObject Costs(IEnumerable<Call> calls, Func<string, TokenKind, decimal>? price = null, bool byKey = true, string currency = "usd", int? places = null) => Page(
        calls,
        day => day.SelectMany(call => call.Kinds().Where(pair => pair.Count != 0).Select(pair => (Call: call, pair.Kind, pair.Count)))
            .GroupBy(entry => (entry.Call.Project, Key: byKey ? entry.Call.Key : null, entry.Call.Model, entry.Kind))
            .Select(group =>
            {
                var amount = group.Sum(entry => entry.Call.Exact(entry.Kind, entry.Count)) * (price?.Invoke(group.Key.Model, group.Key.Kind) ?? 1) / 1_000_000_000m;
                return new JsonObject
                {
                    ["object"] = "organization.costs.result",
                    ["amount"] = new JsonObject { ["value"] = JsonNode.Parse((places is { } digits ? Math.Round(amount, digits) : amount).ToString(CultureInfo.InvariantCulture)), ["currency"] = currency },
                    ["line_item"] = $"{group.Key.Model}-2026-01-15, {Words(group.Key.Kind)}", ["project_id"] = group.Key.Project, ["api_key_id"] = group.Key.Key,
                };
            }));

    public static JsonObject Usage(IEnumerable<Call> calls, bool byKey = true) => Page(
        calls,
        day => day.GroupBy(call => (call.Project, Key: byKey ? call.Key : null, call.Model)).Select(group => new JsonObject
        {
            ["object"] = "organization.usage.completions.result", ["input_tokens"] = group.Sum(call => call.Input + call.Cached), ["output_tokens"] = group.Sum(call => call.Output),
            ["input_cached_tokens"] = group.Sum(call => call.Cached), ["num_model_requests"] = group.Count(), ["project_id"] = group.Key.Project, ["user_id"] = null,
            ["api_key_id"] = group.Key.Key, ["model"] = group.Key.Model + "-2026-01-15", ["batch"] = null,
        }));

    private static JsonObject Page(IEnumerable<Call> calls, Func<IGrouping<DateTime, Call>, IEnumerable<JsonObject>> results) => new()
    {
        ["object"] = "page",
        ["data"] = new JsonArray([.. calls.GroupBy(call => call.At.UtcDateTime.Date).OrderBy(day => day.Key).Select(day => (JsonNode)new JsonObject
        {
            ["object"] = "bucket", ["start_time"] = Seconds(day.Key), ["end_time"] = Seconds(day.Key.AddDays(1)), ["results"] = new JsonArray([.. results(day)]),
        })]),
        ["has_more"] = false,
        ["next_page"] = null,
    };

    private static long Seconds(DateTime day) => new DateTimeOffset(day, TimeSpan.Zero).ToUnixTimeSeconds();

    private static string Words(TokenKind kind) => kind switch
    {
        TokenKind.CachedInput => "cached input",
        TokenKind.Output => "output",
        _ => "input",
    };
}
