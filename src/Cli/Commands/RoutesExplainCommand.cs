using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes explain --model M</c>.</summary>
internal static class RoutesExplainCommand
{
    private static readonly string[] RuleColumns = [">no", "rule", "mode", "lane", "outcome", "why"];
    private static readonly string[] TargetColumns = ["lane", "strategy", ">place", "target", "tier", ">estimated", ">held", "why"];

    private static readonly string[] LimitColumns = ["limit", "of", "counts", ">of", ">used", ">room", ">needs", "outcome", "why"];

    public static Command Create(KtEnvironment environment)
    {
        var model = CommonOptions.Required("--model", "What the caller asks for.");
        Option<string?>[] facts =
        [
            ChoiceOption.Create("--shape", "chat (default), responses, messages or embeddings: the route.", "chat", "responses", "messages", "embeddings"), CommonOptions.Text("--lane", "The lane that the caller asks for (X-KT-Lane)."),
            CommonOptions.Text("--workload", "The call's workload."), ChoiceOption.Create("--wallet-status", "healthy, low or depleted. Default: as the gateway knows the team's wallet.", "healthy", "low", "depleted"),
        ];
        var team = CommonOptions.Text("--team", "Whose call it is.");
        var key = CommonOptions.Text("--key", "The key that calls (key_…): its team, user and workload, and its rate limits.");
        var user = CommonOptions.Text("--user", "The user whose rate limits are told; the key's own when absent.");
        Option<long?>[] sizes =
        [
            NumberOption.Count("--input-tokens", "About so many tokens in; 1,000 when absent."), NumberOption.Count("--images", "How many images it has; none when absent."),
            NumberOption.Count("--max-output-tokens", "The caller's output cap in tokens; none when absent."),
        ];
        var output = CommonOptions.Output();
        return new Command("explain", "What would become of a call: which rule takes it, who would serve it in which order and why, what it would cost there and in other lanes, and whether rate limits let it pass now.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/routes/explain",
                    body =>
                    {
                        body.WriteString("model", parsed.GetRequiredValue(model));
                        body.WriteGiven(parsed, facts);
                        body.WriteOptional("team_id", parsed.GetValue(team));
                        body.WriteOptional("key_id", parsed.GetValue(key));
                        body.WriteOptional("user_id", parsed.GetValue(user));
                        foreach (var size in sizes.Where(size => parsed.GetValue(size) is not null))
                        {
                            body.WriteNumber(size.Name.TrimStart('-').Replace('-', '_'), parsed.GetValue(size)!.Value);
                        }
                    },
                    cancellation);
                Print(environment.Printer(parsed.GetValue(output)), answer.RootElement, (parsed.GetValue(team) ?? parsed.GetValue(key)) is not null);
                return ExitCodes.Ok;
            },
            [model, .. facts, team, key, user, .. sizes, output]);
    }

    private static void Print(Printer printer, JsonElement answer, bool hasTeam)
    {
        if (printer.IsJson)
        {
            printer.Json(answer);
            return;
        }

        printer.Facts(
        [
            .. Refusal(answer),
            ("model", answer.Text("model")),
            ("lane", answer.Text("lane") == answer.Text("lane_asked") ? answer.Text("lane") : $"{answer.Text("lane")} instead of {answer.Text("lane_asked")}"),
            ("input", $"about {answer.Count("input_tokens")} tokens"),
            ("wallet", Show.OrAll(answer.Text("wallet_status"), hasTeam ? "not known to this gateway" : "of no team: --team says whose call it is")),
            ("policy", $"version {answer.Text("policy_version")}"),
            ("limits", LimitsOf(answer)),
        ]);
        if (answer.GetProperty("rules").GetArrayLength() > 0)
        {
            printer.Table(RuleColumns, answer.GetProperty("rules").EnumerateArray().Index().Select(pair => (IReadOnlyList<string>)
                [$"{pair.Index + 1}", pair.Item.Text("name"), pair.Item.Text("mode"), pair.Item.Text("lane"), pair.Item.Text("outcome").Replace('_', ' '), pair.Item.Text("detail")]));
        }

        printer.Table(TargetColumns, answer.GetProperty("lanes").EnumerateArray().SelectMany(Targets));
        if (Limits(answer) is { Count: > 0 } limits)
        {
            printer.Table(LimitColumns, limits.Select(limit => (IReadOnlyList<string>)
            [
                limit.Text("limit"), Show.OrAll(limit.Text("subject"), limit.Text("scope") == "global" ? "all calls" : "–"), limit.Text("measure").Replace('_', ' '), limit.Count("most"),
                limit.Count("used"), limit.Count("room"), limit.Count("needs"), limit.Text("outcome").Replace('_', ' '), limit.Text("detail"),
            ]));
        }
    }

    /// <summary>First, because of a call that its key may not make all else is idle. None from a server of an earlier version.</summary>
    private static IEnumerable<(string, string)> Refusal(JsonElement answer) =>
        answer.TryGetProperty("refusal_code", out var code) && code.GetString() is { Length: > 0 } told ? [("refused", $"{answer.Text("refusal")} [{told}]")] : [];

    /// <summary>None from a server of an earlier version.</summary>
    private static List<JsonElement> Limits(JsonElement answer) => answer.TryGetProperty("limits", out var limits) ? [.. limits.EnumerateArray()] : [];

    private static string LimitsOf(JsonElement answer) => answer.Text("limits_outcome") switch
    {
        "" => "not told by this server",
        "passes" => Limits(answer).Count == 0 ? "none" : "there is room for it now",
        "waits" => "no room now: it waits (below)",
        "refused" => "no room now: it is refused (below)",
        "too_large" => "too large for them: it is refused (below)",
        _ => "not known of all (below)",
    };

    /// <summary>Of other lanes than the call's only whom it would go to first.</summary>
    private static IEnumerable<IReadOnlyList<string>> Targets(JsonElement lane, int index)
    {
        var targets = lane.GetProperty("targets").EnumerateArray().ToList();
        return (index == 0 ? targets : targets.Take(1)).Select((target, row) => (IReadOnlyList<string>)
        [
            row == 0 ? lane.Text("lane") : "", row == 0 ? lane.Text("strategy") : "", target.Text("place") is "0" ? "–" : target.Text("place"), target.Text("target"),
            target.Text("service_tier"), target.Exact("estimated_cost"), target.Exact("set_aside"), target.Text("detail"),
        ]);
    }
}
