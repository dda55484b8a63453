using Microsoft.OpenApi;

namespace Platform.Api.Description;

/// <summary>What parameters mean. A query parameter's name means one thing wherever it stands, but for where it is said of a route.</summary>
internal static class ParameterTexts
{
    private const string Day = "A date (2026-06-01, midnight in the zone) or a time (2026-06-01T13:00:00Z)";
    private const string SomeOf = "Several times, or comma-separated: one of them is met. `(none)` is what has no value.";
    private const string Length = "A length back from now, such as 24h, 30d or 4w";

    private static readonly Dictionary<string, string> Ids = new()
    {
        ["/v1/alert-channels"] = "The channel's id.",
        ["/v1/alerts/dead"] = "The delivery's id.",
        ["/v1/alerts"] = "The alert's id.",
        ["/v1/applications"] = "The application's id.",
        ["/v1/budgets"] = "The budget's id.",
        ["/v1/caps"] = "The cap's id.",
        ["/v1/exports/jobs"] = "The job's id or name.",
        ["/v1/exports/runs"] = "The run's id.",
        ["/v1/forecast/plan"] = "The plan item's id.",
        ["/v1/import-rules"] = "The rule's id.",
        ["/v1/imports"] = "The import's id.",
        ["/v1/keys"] = "The key's id, not its secret.",
        ["/v1/messages/dead"] = "The message's id: its service and number.",
        ["/v1/teams"] = "The team's id.",
        ["/v1/usage"] = "A record's id, its attempt's or its call's.",
        ["/v1/users"] = "The user's id.",
        ["/v1/wallets/allocations"] = "The allocation's id.",
        ["/v1/wallets/suspense"] = "The id of an attempt or a lease in suspense.",
        ["/v1/wallets"] = "The wallet's id.",
    };

    private static readonly Dictionary<string, string> OfRoutes = new()
    {
        ["/v1/alerts all"] = "Acknowledged ones too.",
        ["/v1/alerts kind"] = "Only alerts of this kind.",
        ["/v1/budgets all"] = "Removed ones too.",
        ["/v1/budgets team_id"] = "Only budgets whose scope names this team.",
        ["/v1/caps scope"] = "organisation, team, user or key.",
        ["/v1/exports/preview format"] = "json (the default), csv, parquet, focus or focus-parquet.",
        ["/v1/exports/preview from"] = "With `to`: any window, half open, instead of `window` or `period`.",
        ["/v1/exports/preview period"] = "A month such as 2026-06, instead of `window`, or `from` and `to`.",
        ["/v1/exports/runs limit"] = "Rows of a page; 100 where absent.",
        ["/v1/forecast/accuracy since"] = $"A date, a time, or {Length.ToLowerInvariant()}; 180d where absent.",
        ["/v1/forecast/accuracy version"] = "Only scores of this version.",
        ["/v1/forecast/calendars limit"] = "Of `changes`: 1 to 50; 20 where absent.",
        ["/v1/forecast/calendars team_id"] = "The team whose calendar it is; absent: the organisation's (in a list: all).",
        ["/v1/forecast/controls kind"] = "allocation, budget, policy, cap, freeze or wallet_policy.",
        ["/v1/forecast/controls limit"] = "1 to 1,000; 100 where absent.",
        ["/v1/forecast/controls since"] = $"A date, a time, or {Length.ToLowerInvariant()}; 90d where absent.",
        ["/v1/forecast/effect since"] = "Instead of `event_id`: a day.",
        ["/v1/forecast/effect lane"] = "Only spend of this lane.",
        ["/v1/forecast/effect workload"] = "Only spend of this workload.",
        ["/v1/forecast/effect days"] = "Days looked at after the change: 3 to 90; 28 where absent.",
        ["/v1/forecast/plan all"] = "Ended and removed ones too.",
        ["/v1/forecast/segments period"] = "month, next_month, quarter, next_quarter, twelve_months or next_year; month where absent.",
        ["/v1/forecast/variance at"] = "A day of the period; yesterday where absent.",
        ["/v1/forecast/variance period"] = "week, month or forecast; month where absent.",
        ["/v1/forecast/versions limit"] = "1 to 500; 50 where absent.",
        ["/v1/forecast/versions reason"] = "daily, plan_change, policy_change, calendar_change, price_change, usage_change, on_demand or scenario.",
        ["/v1/forecast/versions/compare from"] = "The earlier version's number.",
        ["/v1/forecast/versions/compare to"] = "The later version's number.",
        ["/v1/import-rules all"] = "Removed ones too.",
        ["/v1/model-pricing at"] = "A date or a time; now where absent.",
        ["/v1/model-pricing model"] = "Only prices of this model.",
        ["/v1/model-pricing provider"] = "Only prices of this provider.",
        ["/v1/reconciliation/open-holds to"] = "Only holds that began before; all where absent.",
        ["/v1/reviews limit"] = "Weeks, 1 to 520; 52 where absent.",
        ["/v1/routes/diff from"] = "A version of the policy.",
        ["/v1/routes/diff to"] = "Another version; the one in force where absent.",
        ["/v1/routes/limits limit"] = "Only this limit of the policy, by its name.",
        ["/v1/routes/limits subject"] = "Only the limits' use by this subject: a key, user, team, model or lane.",
        ["/v1/routes/limits top"] = "1 to 1,000; 200 where absent.",
        ["/v1/routes/shadow since"] = $"A date, a time, or {Length.ToLowerInvariant()}; 28d where absent, and at most 400 days.",
        ["/v1/routes/versions limit"] = "1 to 500; 50 where absent.",
        ["/v1/wallets scope"] = "organisation, team, user, application; comma-separated.",
        ["/v1/wallets/allocations all"] = "Ended and cancelled ones too.",
        ["/v1/wallets/allocations team_id"] = "Only those of this team's wallet, and of its users' and applications'.",
        ["/v1/wallets/{id}/statement period"] = "2026-06, 2026-Q2, 2026 or 2026-06-15, instead of `from` and `to`.",
        ["/v1/wallets/{id}/transactions format"] = "csv: all of them, without pages; json where absent, unless `Accept` asks for text/csv.",
        ["/v1/wallets/{id}/transactions kind"] = "Only these kinds of transfers, comma-separated.",
        ["/v1/workloads/rules/{name} name"] = "The rule's name.",
        ["/v1/providers/{name}/test name"] = "The provider's name in the routing policy.",
    };

    private static readonly Dictionary<string, string> OfNames = new()
    {
        ["action"] = "What was done: exact, or a prefix with its dot (`key.`).",
        ["actor"] = "The id of the key that did it.",
        ["all_versions"] = "Not only what is in force: every version.",
        ["application"] = $"Applications. {SomeOf}",
        ["application_id"] = "With `team_id`: one of the team's applications, instead of a user.",
        ["attempt_id"] = "The attempt's id, a UUID.",
        ["basis"] = "occurred or booked: by which date a record belongs to the window.",
        ["before"] = "Only versions with a lower number.",
        ["billing_period"] = "Which file, by its month (2026-06); needed where the run has several.",
        ["booked"] = "By the month in which it is booked instead of when it occurred.",
        ["by_model"] = "Also by model.",
        ["changes"] = "The changes, newest first, instead of what counts now.",
        ["compare"] = "Beside each row, the period of the same length before.",
        ["confidence"] = "The share of futures that is to be covered, above 0 and below 1; 0.9 where absent.",
        ["count_refused"] = "Count what is refused for want of money among what is needed.",
        ["days"] = "1 to 400; 90 where absent.",
        ["event_id"] = "The change, as GET /v1/forecast/controls names it.",
        ["evidence"] = "Records beside each signal, 0 to 20.",
        ["focus_version"] = "Of formats focus and focus-parquet: 1.4 (the default) or 1.2.",
        ["from"] = $"{Day}; itself in the range.",
        ["frozen"] = "Only frozen wallets, or (false) only others.",
        ["funding"] = $"leased, external or history. {SomeOf}",
        ["granularity"] = "hourly, daily, weekly or monthly.",
        ["group_by"] = "What the rows are by, comma-separated, such as team,model.",
        ["holder"] = "Whose leases: a gateway's name, or holder/TEAM/HOLDER.",
        ["idempotency_key"] = "Only what requests with this key have moved.",
        ["job"] = "Only runs of this job, by its id or name.",
        ["key"] = $"Key ids. {SomeOf}",
        ["key_id"] = "Only these keys, comma-separated; what there is not is left out.",
        ["lane"] = $"Lanes. {SomeOf}",
        ["last"] = "So many of the newest records first, 0 to 100; 0 where absent.",
        ["limit"] = "How many of each kind; 100 where absent.",
        ["mark"] = $"overflow or observed: what wallets let through though they could not cover it. {SomeOf}",
        ["metric"] = "What rows are ordered by: cost, requests or tokens.",
        ["minimum_severity"] = "info, warning or critical: this and graver ones.",
        ["model"] = $"Models that ran. {SomeOf}",
        ["month"] = "A month such as 2026-06; the later version's where absent.",
        ["name"] = "The name under which it is kept.",
        ["needs_action"] = "Only wallets that are frozen, overdrawn, low or run out.",
        ["new_entries_only"] = "Only what was entered since the last verification.",
        ["note"] = "Why, for the record.",
        ["order"] = "id, left (the emptiest first) or held (the most first).",
        ["outcome"] = $"succeeded, client_closed, interrupted or failed. {SomeOf}",
        ["page_size"] = "Rows of a page, 1 to 1,000.",
        ["page_token"] = "The `next_page_token` of the page before; empty or absent for the first.",
        ["period"] = "2026-06, 2026-Q2, 2026 or 2026-06-15, instead of `from`, `to` and `since`.",
        ["provider"] = $"Providers. {SomeOf}",
        ["reason"] = $"Why it was refused or delayed, such as INSUFFICIENT_FUNDS. {SomeOf}",
        ["recorded_until"] = "Only what was recorded before: a watermark, with which the answer stays the same.",
        ["scope_id"] = "With `scope`: the id of the team, user or key.",
        ["search"] = "The beginning of an id or of a name; of wallets also of their owner's id.",
        ["since"] = $"{Length}, instead of `from`.",
        ["until"] = "A date or a time: only what was before it.",
        ["state"] = "dead (the default), replayed or discarded.",
        ["status"] = "healthy, low, depleted; comma-separated.",
        ["subject"] = "What was changed: the id of a key, team, user, application or wallet.",
        ["tag"] = "name=value; several times for records that have all of them.",
        ["team"] = $"Team ids. {SomeOf}",
        ["team_id"] = "The team; absent: all.",
        ["tier"] = "Only prices of this service tier, such as standard or batch.",
        ["time_zone"] = "IANA name such as Europe/Paris; UTC where absent.",
        ["to"] = $"{Day}; itself not in the range.",
        ["top"] = "Only the first rows, with the others summed up: 1 to 50,000.",
        ["total"] = "The amount that is given, such as 50000.00.",
        ["totals"] = "Also sums of all wallets that are asked for.",
        ["user"] = $"User ids. {SomeOf}",
        ["user_id"] = "Of one user.",
        ["version"] = "The version's number.",
        ["wallet_id"] = "Only those of this wallet.",
        ["week"] = "A week such as 2026-W26, or `latest`: the last that is over.",
        ["window"] = "1h, 6h, 24h, 7d or 30d, ending now; instead of `from` and `to`, or `period`.",
        ["workload"] = $"Workloads. {SomeOf}",
    };

    public static void AddTo(OpenApiDocument document)
    {
        foreach (var (path, item) in document.Paths)
        {
            foreach (var parameter in (item.Operations ?? []).Values.SelectMany(operation => operation.Parameters ?? []))
            {
                parameter.Description ??= Of(path, parameter.Name ?? "");
            }
        }
    }

    /// <summary>Null of one that nothing is said of here.</summary>
    private static string? Of(string path, string name) =>
        OfRoutes.GetValueOrDefault($"{path} {name}") ?? (name == "id" ? Ids.GetValueOrDefault(path[..path.IndexOf("/{", StringComparison.Ordinal)]) : OfNames.GetValueOrDefault(name));
}
