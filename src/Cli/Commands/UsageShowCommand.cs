using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.Reconcile;

namespace Platform.Cli.Commands;

/// <summary><c>kt usage show ID</c>: all that is known of one record.</summary>
internal static class UsageShowCommand
{
    private static readonly string[] Kinds = ["input", "cached_input", "cache_write", "cache_write_1h", "output", "reasoning"];

    public static Command Create(KtEnvironment environment)
    {
        var id = new Argument<string>("id") { Description = "UUID of a record, an attempt, or a call (X-KT-Request-Id)." };
        var output = CommonOptions.Output();
        return new Command("show", "One record with its costs, price, routing, corrections and the other attempts of its call.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output), $"v1/usage/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation, callers: true);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            id, output);
    }

    private static void Print(Printer printer, JsonElement detail)
    {
        var record = detail.GetProperty("record");
        printer.Facts(Facts(record, Unpriced(detail)).Concat(Price(detail)).Where(fact => fact.Value.Length > 0));
        PrintKinds(printer, record);
        var corrections = detail.GetProperty("corrections").EnumerateArray().ToList();
        if (corrections.Count > 0)
        {
            var listed = detail.GetProperty("correction_count").GetInt64() > corrections.Count
                ? $", of which the first {corrections.Count} of {detail.Count("correction_count")} are listed"
                : "";
            printer.Line($"Corrections{listed}; net cost {detail.Exact("net_cost")} {record.Text("currency")}");
            printer.Table(
                ["recorded", "source", ">cost", "record"],
                corrections.Select(row => (IReadOnlyList<string>)[row.Time("recorded_at"), row.Text("source"), UsageCommand.Cost(row), row.Text("record_id")]));
        }

        var attempts = detail.GetProperty("attempts").EnumerateArray().ToList();
        if (attempts.Count > 1)
        {
            printer.Line("Attempts of the call");
            printer.Table(
                [">no", "occurred", "provider", "model", "outcome", ">cost", ">ms", "why there", "attempt"],
                attempts.Select(row => (IReadOnlyList<string>)
                [
                    row.Text("attempt_number"), row.Time("occurred_at"), row.Text("provider"), row.Text("model"), row.Text("outcome"), UsageCommand.Cost(row),
                    row.Count("total_ms"), row.Text("route_reason"), row.Text("attempt_id"),
                ]));
        }
    }

    // A record never changes, so that it has no cost says nothing of what came since.
    private static string Unpriced(JsonElement detail)
    {
        var corrections = detail.GetProperty("corrections").EnumerateArray().ToList();
        var id = detail.GetProperty("record").Text("record_id");
        return corrections.Exists(row => UnpricedRecords.Prices(row) && row.Text("corrects_record_id") == id) ? "unpriced when it was recorded; a price that came later is among the corrections"
            : corrections.Exists(UnpricedRecords.TakesBack) ? "unpriced, and taken back whole"
            : "unpriced: no price yet (kt prices unpriced)";
    }

    private static IEnumerable<(string Name, string Value)> Facts(JsonElement record, string unpriced) =>
    [
        ("record", record.Text("record_id")),
        ("attempt", $"{record.Text("attempt_id")}, number {record.Text("attempt_number")}{(record.Text("fallback") == "True" ? ", fallback" : "")}"),
        ("call", record.Text("call_id")),
        ("retry of", record.Text("retry_of")),
        ("corrects", record.Text("corrects_record_id")),
        ("occurred", record.Time("occurred_at")),
        ("recorded", $"{record.Time("recorded_at")} from {record.Text("source")} ({record.Text("event_id")})"),
        ("booked", record.Text("booked_at") == record.Text("occurred_at") ? "" : $"{record.Time("booked_at")}: its month was closed"),
        ("team", record.Text("team_id")),
        ("user", record.Text("user_id")),
        ("application", record.Text("application_id")),
        ("key", record.Text("key_id")),
        ("workload", Show.OrAll(record.Text("workload"), "(none)") + Show.Prefixed(" by rule ", record.Text("workload_rule"))),
        ("funding", record.Text("funding")),
        ("mark", record.Text("mark") switch
        {
            "overflow" => "overflow: the organisation's wallet paid, its own could not",
            "observed" => "observed: its wallet would have refused, if it did more than observe",
            var other => other,
        }),
        ("import", record.Text("import_id")),
        ("stands for", record.Text("requests") is "1" or "0" or "" ? "" : $"{record.Text("requests")} requests"),
        ("asked for", record.Text("model_asked")),
        ("served by", $"{record.Text("provider")} {record.Text("model")}, tier {record.Text("service_tier")}{Show.Prefixed(", region ", record.Text("region"))}"),
        ("lane", record.Text("lane")),
        ("routed by", record.Text("route_policy")),
        ("why there", record.Text("route_reason")),
        ("outcome", record.Text("outcome")),
        ("latency", $"{record.Count("total_ms")} ms in all, {record.Count("first_token_ms")} to the first token, {record.Count("gateway_ms")} in the gateway"),
        ("provider key", record.Text("upstream_key")),
        ("prompt hash", record.Text("prompt_hash")),
        ("trace", record.Text("traceparent")),
        ("tags", string.Join(", ", record.GetProperty("tags").EnumerateObject().Select(tag => $"{tag.Name}={tag.Value.GetString()}"))),
        ("cost", record.Amount("cost") is null ? unpriced : $"{record.Exact("cost")} {record.Text("currency")}"),
        ("first choice", Compared(record, "primary_cost")),
        ("by default", Compared(record, "default_cost")),
        ("shadow rule", record.Text("shadow_rule") + Show.Prefixed(" would have cost ", Compared(record, "shadow_cost"))),
    ];

    /// <summary>What the same tokens would have cost elsewhere; empty when unknown.</summary>
    private static string Compared(JsonElement record, string name) => record.Amount(name) is null ? "" : $"{record.Exact(name)} {record.Text("currency")}";

    private static IEnumerable<(string Name, string Value)> Price(JsonElement detail) =>
        detail.TryGetProperty("price", out var price) && price.ValueKind == JsonValueKind.Object
            ?
            [
                ("price", $"version {price.Text("price_id")} from {price.Time("effective_from")}: {price.Exact("input_per_million")} in, "
                    + $"{price.Exact("output_per_million")} out a million tokens, {price.Text("discount_percent")} % off ({price.Text("source")})"),
            ]
            : [];

    // The request fee has no tokens.
    private static void PrintKinds(Printer printer, JsonElement record)
    {
        var tokens = record.GetProperty("tokens");
        var costs = record.GetProperty("cost_detail");
        string CostOf(string kind) => costs.ValueKind == JsonValueKind.Object ? costs.Exact(kind) : "–";
        printer.Table(
            ["kind", ">tokens", ">cost"],
            Kinds.Where(kind => tokens.GetProperty(kind).GetInt64() != 0)
                .Select(kind => (IReadOnlyList<string>)[kind.Replace('_', ' '), tokens.Count(kind), CostOf(kind)])
                .Append(["request", "", CostOf("request")])
                .Concat(costs.ValueKind == JsonValueKind.Object && costs.Amount("adjustment") is { Nanos: not 0 } ? [["adjustment", "", CostOf("adjustment")]] : []));
    }
}
