using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Checks;

internal static class LimitCheck
{
    private const int MaxQueueMs = 60_000;

    /// <summary>Above what any provider serves, and exact in every reader of JSON.</summary>
    private const long MaxFigure = 1_000_000_000_000_000;

    public static void Check(RoutePolicy policy, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Distinct("limits", policy.Limits.Select(limit => limit.Name), "limit");
        for (var index = 0; index < policy.Limits.Count; index++)
        {
            Check(policy.Limits[index], PolicyProblems.Place("limits", index, policy.Limits[index].Name), entries, problems);
        }
    }

    private static void Check(RateLimit limit, string place, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Label($"{place}.name", limit.Name);
        problems.Require(limit.Scope.Length > 0, $"{place}.scope", $"is required: one of {string.Join(", ", PolicyNames.Scopes.Keys)}.");
        problems.OneOf($"{place}.scope", limit.Scope, PolicyNames.Scopes.Keys);
        CheckMatch(limit, $"{place}.match", entries, problems);
        (string Name, long Value)[] figures =
        [
            ("requests_per_minute", limit.RequestsPerMinute), ("tokens_per_minute", limit.TokensPerMinute), ("requests_per_day", limit.RequestsPerDay),
            ("tokens_per_day", limit.TokensPerDay), ("parallel_requests", limit.ParallelRequests),
        ];
        foreach (var (name, value) in figures)
        {
            problems.Range($"{place}.{name}", value, 0, MaxFigure);
        }

        problems.Require(figures.Any(figure => figure.Value != 0), place, $"limits nothing; give at least one of {string.Join(", ", figures.Select(figure => figure.Name))}.");
        problems.Range($"{place}.burst_percent", limit.BurstPercent, 0, 100);
        problems.Range($"{place}.queue_ms", limit.QueueMs, 0, MaxQueueMs);
    }

    private static void CheckMatch(RateLimit limit, string place, PolicyEntries entries, PolicyProblems problems)
    {
        if (limit.Match.Length == 0)
        {
            return;
        }

        switch (limit.Scope)
        {
            case "global":
                problems.Add(place, "a global limit is everybody's; leave match out.");
                break;
            case "team" when Validation.TeamId(limit.Match) is { } problem:
                problems.Add(place, problem);
                break;
            case "model" when entries.Aliases.TryGetValue(limit.Match, out var name):
                problems.Add(place, $"'{Validation.Shown(limit.Match)}' is an alias; name the model '{name}'.");
                break;
            case "model":
                problems.Known(place, limit.Match, entries.Models, "model", "add it to models");
                break;
            case "lane":
                problems.Known(place, limit.Match, entries.Lanes, "lane", "add it to lanes");
                break;
            case "provider":
                problems.Known(place, limit.Match, entries.ProviderNames, "provider", "add it to providers");
                break;
            default:
                problems.Word(place, limit.Match, 200);
                break;
        }
    }
}
