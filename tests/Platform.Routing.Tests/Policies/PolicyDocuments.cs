using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Tests.Policies;

/// <summary>A valid document that uses everything, and changes of it.</summary>
internal static class PolicyDocuments
{
    public const string Valid = """
        {
          "providers": [
            { "name": "openai" },
            { "name": "anthropic", "kind": "anthropic", "base_url": "https://api.anthropic.com", "api_key": "env:ANTHROPIC_API_KEY", "team_api_keys": { "search": "env:SEARCH_API_KEY" } },
            { "name": "azure", "kind": "azure_openai", "base_url": "https://mine.openai.azure.com/", "api_key": "env:AZURE_API_KEY", "api_version": "2025-04-01", "health": { "path": "/status", "interval_seconds": 30 } },
            { "name": "local", "kind": "compatible", "base_url": "http://localhost:8000", "api_key": "none" }
          ],
          "targets": [
            { "provider": "openai", "model": "gpt-4o", "shapes": ["chat"], "default_max_output_tokens": 1024, "max_output_tokens": 16384, "overhead_tokens": 256 },
            { "provider": "openai", "model": "small", "shapes": ["embeddings"] },
            { "provider": "anthropic", "model": "claude", "default_max_output_tokens": 1024, "max_output_tokens": 64000 },
            { "name": "azure/eu", "provider": "azure", "model": "gpt-4o", "deployment": "prod-4o", "default_max_output_tokens": 1024, "max_output_tokens": 16384, "service_tier": "priority", "region": "eu" },
            { "provider": "local", "model": "llama", "default_max_output_tokens": 10, "max_output_tokens": 20, "output_cap_field": "max_completion_tokens" }
          ],
          "models": [
            { "name": "gpt-4o", "aliases": ["best"], "lane": "premium", "route": {
                "targets": [{ "target": "openai/gpt-4o", "weight": 3 }, { "target": "azure/eu", "weight": 0 }], "strategy": "weighted",
                "failover": { "retry_on": ["none"], "fallback_on": ["rate_limit", "content_policy"], "max_attempts": 2, "retry_budget_percent": 0, "backoff_ms": 50 } },
              "lanes": { "economy": { "targets": [{ "target": "local/llama" }], "strategy": "lowest_cost" } } },
            { "name": "embed", "lane": "economy", "route": { "targets": [{ "target": "openai/small" }] } },
            { "name": "claude", "lane": "premium", "route": { "targets": [{ "target": "anthropic/claude" }] } }
          ],
          "lanes": [
            { "name": "premium" },
            { "name": "economy", "route": { "targets": [{ "target": "local/llama" }, { "target": "anthropic/claude" }], "strategy": "least_loaded" } },
            { "name": "scheduled", "windows": [{ "cron": "0 22 * * MON-FRI", "time_zone": "Europe/Berlin", "minutes": 480 }] }
          ],
          "rules": [
            { "name": "small-evaluations", "mode": "on", "when": { "workloads": ["evaluation"], "input_tokens_below": 2000 }, "lane": "economy" },
            { "name": "low-wallet", "when": { "wallet_status": ["low", "depleted"], "teams": ["search"], "models": ["gpt-4o"], "lanes": ["premium"] }, "lane": "economy" },
            { "name": "asleep", "mode": "off", "when": { "workloads": ["batch"] }, "lane": "premium" }
          ],
          "limits": [
            { "name": "everybody", "scope": "global", "requests_per_minute": 600, "burst_percent": 50 },
            { "name": "each-key", "scope": "key", "tokens_per_day": 900000000000001, "queue_ms": 2000 },
            { "name": "search", "scope": "team", "match": "search", "parallel_requests": 4 }
          ]
        }
        """;

    public static RoutePolicy Read(string json = Valid) => JsonParser.Default.Parse<RoutePolicy>(json);

    /// <summary>The valid document with one value set, added (at <c>-</c>) or removed (null).</summary>
    /// <param name="pointer">As <c>/targets/0/provider</c>.</param>
    public static RoutePolicy With(string pointer, string? value)
    {
        var root = JsonNode.Parse(Valid)!;
        var steps = pointer.Split('/')[1..];
        var parent = steps[..^1].Aggregate(root, (node, step) => node is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)]! : node[step] ??= new JsonObject());
        var last = steps[^1];
        if (parent is JsonArray array)
        {
            if (last == "-")
            {
                array.Add(JsonNode.Parse(value!));
            }
            else if (value is null)
            {
                array.RemoveAt(int.Parse(last, CultureInfo.InvariantCulture));
            }
            else
            {
                array[int.Parse(last, CultureInfo.InvariantCulture)] = JsonNode.Parse(value);
            }
        }
        else if (value is null)
        {
            parent.AsObject().Remove(last);
        }
        else
        {
            parent[last] = JsonNode.Parse(value);
        }

        return Read(root.ToJsonString());
    }
}
