using System.Text.Json;
using System.Text.RegularExpressions;
using Platform.Cli.Output;

namespace Platform.Cli.Api;

/// <summary>From problem+json, or the gateway's own shape of errors, to what the user reads and the exit code.</summary>
internal static partial class Problem
{
    private const string SetToken = "Set KEEPTRUSTS_API_TOKEN to a valid token, or run: kt auth login";
    private const string SetKey = $"Set {GatewayAddress.KeyVariable} to a team's valid key: kt auth token create --team TEAM makes one.";

    /// <param name="isGateway">The gateway's, which is asked with a team's key, and says itself what to do where that may not.</param>
    public static KtError Read(int status, string? mediaType, string body, bool isGateway = false)
    {
        var (detail, reason) = mediaType is "application/problem+json" or "application/json" ? Parse(body) : (null, null);
        var remedy = !isGateway || status is not (401 or 403) ? Remedy(status, reason) : status == 401 ? SetKey : null;
        var said = remedy is null || detail is null ? detail : RouteThatLists().Replace(detail, "");
        var message = $"{said ?? $"The API answered {status}."}{(reason is null ? "" : $" [{reason}]")}";
        return new KtError(ExitCode(status), remedy is not null && !IsSaid(remedy, message) ? $"{message}\n{remedy}" : message, reason);
    }

    /// <summary>Of a token that no request can carry: one that was copied with what it was shortened by, or with the line behind it.</summary>
    public static KtError OfUnsendable(bool isGateway) => new(
        ExitCodes.NotAuthenticated, $"The {(isGateway ? "key" : "token")} has a character that none has, as a space, a line end or '…': copy it again, whole and alone.\n{(isGateway ? SetKey : SetToken)}");

    /// <summary>Some refusals name the command themselves.</summary>
    private static bool IsSaid(string remedy, string message) => message.Contains(remedy.Split(" shows")[0], StringComparison.Ordinal);

    private static int ExitCode(int status) => status switch
    {
        401 or 403 => ExitCodes.NotAuthenticated,
        502 or 503 or 504 => ExitCodes.Unavailable,
        _ => ExitCodes.Failed,
    };

    private static string? Remedy(int status, string? reason) => (status, reason) switch
    {
        (401, _) => SetToken,
        (403, "KEY_FROZEN" or "TEAM_FROZEN" or "USER_DISABLED") => "Ask an admin: kt auth token unfreeze, kt teams unfreeze or kt users enable.",
        (403, _) => "Ask an admin for a token with that role: kt auth token create --role …",
        (_, "INSUFFICIENT_FUNDS") => "Credit the organisation first (kt wallets credit), or move less. kt wallets list shows what is there.",
        (_, "CURRENCY_MISMATCH") => "Leave --currency out, or give the organisation's: kt auth whoami says which it is.",
        (_, "TEAM_NOT_FOUND") => "kt teams list shows the teams; kt teams create makes one.",
        (_, "WALLET_NOT_FOUND") => "kt wallets list shows the wallets.",
        (_, "CAP_NOT_FOUND") => "kt caps list shows the caps.",
        (_, "CAP_EXISTS") => "kt caps remove CAP, then set it in the other time zone.",
        (_, "USER_NOT_FOUND") => "kt users list shows the users; kt users create makes one.",
        (_, "APPLICATION_NOT_FOUND") => "kt applications list shows the applications; kt applications create makes one.",
        (_, "KEY_NOT_FOUND") => "kt auth token list shows the keys.",
        (_, "PERIOD_NOT_ENDED" or "PERIOD_ZONE_DIFFERS") => "kt periods list shows the months and their zone.",
        (_, "RULE_NOT_FOUND") => "kt workloads rules list shows the rules.",
        (_, "USAGE_NOT_FOUND") => "kt usage list shows the records.",
        (_, "CHANNEL_NOT_FOUND") => "kt alerts channels list shows the channels.",
        (_, "IMPORT_NOT_FOUND") => "kt imports list shows the imports.",
        (_, "IMPORT_RULE_NOT_FOUND") => "kt imports map list shows the rules.",
        (_, "POLICY_NOT_FOUND") => "kt routes history shows the versions.",
        (_, "POLICY_CHANGED") => "kt routes diff FROM shows what changed since; kt routes show is the one in force.",
        (_, "PROVIDER_NOT_FOUND") => "kt providers list shows the providers.",
        (_, "JOB_NOT_FOUND") => "kt export-jobs list shows the jobs.",
        (_, "RUN_NOT_FOUND") => "kt export-jobs runs shows the runs.",
        (_, "BUDGET_NOT_FOUND") => "kt budgets list --all shows the budgets.",
        (_, "TRANSFER_NOT_FOUND") => "kt wallets transactions WALLET -o json shows the ids of a wallet's transfers.",
        (_, "ALLOCATION_NOT_FOUND") => "kt wallets allocations list --all shows the allocations.",
        (_, "HOLD_NOT_FOUND" or "LEASE_NOT_FOUND") => "kt wallets suspense list shows what is in suspense.",
        (_, "CONTROL_NOT_FOUND") => "kt forecast controls shows the changes.",
        (_, "PLAN_ITEM_NOT_FOUND") => "kt forecast plan list --all shows the plan items.",
        (_, "SCENARIO_NOT_FOUND") => "kt forecast scenarios list shows the scenarios.",
        (_, "CALENDAR_NOT_FOUND") => "kt forecast calendar list shows the calendars.",
        (_, "FORECAST_VERSION_NOT_FOUND") => "kt forecast list shows the versions.",
        (_, "MODEL_NOT_FOUND") => "kt routes show names the models.",
        (_, "ALERT_NOT_FOUND") => "kt alerts list --all shows the alerts.",
        (_, "DELIVERY_NOT_FOUND") => "kt alerts dead list shows those that were given up.",
        (_, "MESSAGE_NOT_FOUND") => "kt messages dead list shows the messages.",
        (_, "batch_not_found") => "kt batches list shows the batches.",
        (503, _) => "kt doctor says which service is not ready.",
        _ => null,
    };

    private static (string? Detail, string? Reason) Parse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            string? Text(string name) =>
                document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
                ? (error.Text("message"), error.Text("code"))
                : (Text("detail"), Text("reason"));
        }
        catch (JsonException)
        {
            // A proxy's error page may call itself JSON; its status still says enough.
            return (null, null);
        }
    }

    /// <summary>What lists the things of REST: of kt it is the remedy's command.</summary>
    [GeneratedRegex(@" GET /v1/\S+ lists [^.]*\.")]
    private static partial Regex RouteThatLists();
}
