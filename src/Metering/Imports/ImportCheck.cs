using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;

namespace Platform.Metering.Imports;

/// <summary>What settings, rules and rows must be, before anything is looked up. Pure.</summary>
internal static class ImportCheck
{
    public const int MaxRules = 1_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static void Require(string? problem)
    {
        if (problem is not null)
        {
            throw RpcErrors.InvalidArgument(problem);
        }
    }

    public static string? Settings(ImportSettings? settings) => settings is null ? "settings are required."
        : settings.Source.Length == 0 ? "settings.source is required: it tells rows of one origin from those of another."
        : Validation.Label("settings.source", settings.Source)
          ?? (settings.UnmappedTeamId.Length == 0 ? null : Validation.TeamId(settings.UnmappedTeamId))
          ?? (settings.Rules.Count <= MaxRules ? null : $"settings.rules are at most {MaxRules}; there are {settings.Rules.Count}. Store them instead (kt imports map set).")
          ?? settings.Rules.Select(Rule).FirstOrDefault(problem => problem is not null);

    public static string? Rule(ImportRule? rule) => rule is null ? "rule is required."
        : !Enum.IsDefined(rule.Dimension) || rule.Dimension == ImportDimension.Unspecified ? "rule.dimension must be key, user or project."
        : Validation.Text("rule.provider", rule.Provider, 0, 200)
          ?? Validation.Text("rule.value", rule.Value, 1, 200)
          ?? (rule.TeamId.Length == 0 ? null : Validation.TeamId(rule.TeamId))
          ?? Validation.Text("rule.user_id", rule.UserId, 0, 200)
          ?? Validation.Text("rule.application_id", rule.ApplicationId, 0, 200)
          ?? Validation.Label("rule.workload", rule.Workload)
          ?? (rule.Skip && rule.TeamId.Length > 0 ? "A rule that skips its rows has no team." : null)
          ?? (rule.Skip || rule.TeamId.Length + rule.UserId.Length + rule.ApplicationId.Length + rule.Workload.Length > 0
              ? null
              : "A rule must say a team, a user, an application, a workload, or skip.");

    /// <summary>What is not an event's own rule.</summary>
    public static string? Row(ImportRow row, DateTimeOffset now) =>
        Validation.Text("row_key", row.RowKey, 1, 150)
        ?? Validation.Text("project", row.Project, 0, 200)
        ?? Validation.Text("key", row.Key, 0, 200)
        ?? Validation.Text("user", row.User, 0, 200)
        ?? (row.HasStatedCostNanos && row.StatedCostNanos is < 0 or > EventCheck.MaxCostNanos ? "stated_cost must be 0 to ten million units of currency." : null)
        ?? (row.Until is null ? null : Moments.IsUsable(row.Until) ? Until(row.Until.ToDateTimeOffset(), now) : Moments.Complaint("until"));

    /// <summary>Far more than a file can meet.</summary>
    private const int MaxReach = 10_000;

    public static string? Overlap(PreviewOverlapRequest request) =>
        request.Source.Length == 0 ? "source is required."
        : request.Duplicates < 0 ? "duplicates must be 0 or more."
        : request.Reach is not { } reach ? "reach is required."
        : reach.Providers.Count > MaxReach || reach.Others.Count > MaxReach ? $"reach.providers and reach.others are at most {MaxReach:#,##0} each."
        : Validation.Text("file_name", request.FileName, 0, 200)
          ?? (reach.FirstOccurredAt is { } first && !Moments.IsUsable(first) ? Moments.Complaint("reach.first_occurred_at") : null)
          ?? (reach.LastOccurredAt is { } last && !Moments.IsUsable(last) ? Moments.Complaint("reach.last_occurred_at") : null);

    private static string? Until(DateTimeOffset until, DateTimeOffset now) =>
        until <= now ? null : $"Its time is not over before {until:yyyy-MM-dd HH:mm:ss} UTC, so its figures still grow; import it after that.";
}
