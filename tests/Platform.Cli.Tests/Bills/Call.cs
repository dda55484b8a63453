using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Tests.Bills;

/// <summary>
/// A call that both sides know. Prices are nano-units a token: alpha's are whole, beta's are not, so that beta's figures are rounded. Each kind is rounded once, half to
/// even, as records are.
/// </summary>
internal sealed record Call(DateTimeOffset At, string Key, string Model, long Input, long Cached, long Output)
{
    public string Project { get; init; } = "proj_a";

    public string Tag { get; init; } = "";

    public bool IsUnpriced { get; init; }

    public string Funding { get; init; } = "leased";

    public string Outcome { get; init; } = "succeeded";

    public string Corrects { get; init; } = "";

    public string Attempt { get; init; } = Guid.NewGuid().ToString();

    public static decimal Price(string model, TokenKind kind) => (model, kind) switch
    {
        ("alpha", TokenKind.Input) => 2_000,
        ("alpha", TokenKind.CachedInput) => 500,
        ("alpha", _) => 8_000,
        (_, TokenKind.Input) => 37.5m,
        (_, TokenKind.CachedInput) => 3.75m,
        _ => 150.25m,
    };

    /// <summary>2026-06-0<paramref name="day"/> at a time of day.</summary>
    public static Call On(int day, string time, string model = "alpha", long input = 1_000, long cached = 0, long output = 100, string key = "k1aa") =>
        new(DateTimeOffset.Parse($"2026-06-{day:00}T{time}Z", CultureInfo.InvariantCulture), key, model, input, cached, output);

    public IEnumerable<(TokenKind Kind, long Count)> Kinds() => [(TokenKind.Input, Input), (TokenKind.CachedInput, Cached), (TokenKind.Output, Output)];

    public decimal Exact(TokenKind kind, long count) => count * Price(Model, kind);

    public long Rated(TokenKind kind, long count) => (long)Math.Round(Exact(kind, count), MidpointRounding.ToEven);

    /// <summary>As <c>GET /v1/reconciliation/usage</c> answers it, as far as the comparison reads it.</summary>
    public JsonObject Record()
    {
        var record = new JsonObject
        {
            ["record_id"] = Guid.NewGuid().ToString(), ["attempt_id"] = Attempt, ["funding"] = Funding, ["occurred_at"] = At.ToString("O"), ["provider"] = "openai",
            ["model"] = Model, ["upstream_key"] = Key, ["corrects_record_id"] = Corrects, ["outcome"] = Outcome, ["currency"] = "USD", ["price_id"] = IsUnpriced ? 0 : 17,
            ["tokens"] = new JsonObject { ["input"] = Input, ["cached_input"] = Cached, ["cache_write"] = 0, ["cache_write_1h"] = 0, ["output"] = Output, ["reasoning"] = 0 },
            ["tags"] = Tag.Length == 0 ? [] : new JsonObject { ["project"] = Tag },
            ["cost"] = null, ["requests"] = Corrects.Length == 0 ? 1 : 0,
        };
        if (!IsUnpriced)
        {
            record["cost"] = Units(Kinds().Sum(pair => Rated(pair.Kind, pair.Count)));
            record["cost_detail"] = new JsonObject
            {
                ["input"] = Units(Rated(TokenKind.Input, Input)), ["cached_input"] = Units(Rated(TokenKind.CachedInput, Cached)),
                ["output"] = Units(Rated(TokenKind.Output, Output)),
            };
        }

        return record;
    }

    public static string Ndjson(IEnumerable<Call> calls)
    {
        var lines = new StringBuilder();
        foreach (var call in calls.OrderBy(call => call.Attempt, StringComparer.Ordinal))
        {
            lines.Append(call.Record().ToJsonString()).Append('\n');
        }

        return lines.ToString();
    }

    private static JsonNode Units(long nanos) => JsonNode.Parse((nanos / 1_000_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture))!;
}
