using System.Globalization;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;

namespace Platform.Metering.Imports;

/// <summary>From a row to the event that the intake takes. Pure: the same row has the same identity for ever.</summary>
internal static class ImportEvent
{
    /// <param name="generation">1, or one more for each time that its record was taken back.</param>
    public static UsageEvent Of(ImportRow row, Attribution whose, string source, string importId, int generation)
    {
        var usage = new UsageEvent
        {
            Source = generation == 1 ? EventCheck.ImportPrefix + source : string.Create(CultureInfo.InvariantCulture, $"{EventCheck.ImportPrefix}{source}:{generation}"),
            EventId = row.RowKey,
            Funding = Funding.History,
            OccurredAt = row.OccurredAt,
            TeamId = whose.TeamId,
            UserId = whose.UserId,
            ApplicationId = whose.ApplicationId,
            Workload = whose.Workload,
            Provider = row.Provider,
            ModelAsked = row.Model,
            ModelServed = row.Model,
            ServiceTier = row.ServiceTier,
            Region = row.Region,
            Tokens = row.Tokens ?? new Tokens(),
            Outcome = row.Outcome == Outcome.Unspecified ? Outcome.Succeeded : row.Outcome,
            AttemptNumber = 1,
            TotalMs = row.TotalMs,
            UpstreamKey = row.Key,
            Requests = row.Requests == 1 ? 0 : row.Requests,
            ImportId = importId,
        };
        if (row.HasContextTokens)
        {
            usage.ContextTokens = row.ContextTokens;
        }

        AddTag(usage, "import_project", row.Project);
        AddTag(usage, "import_user", row.User);
        return usage;
    }

    private static void AddTag(UsageEvent usage, string name, string value)
    {
        if (value.Length > 0)
        {
            usage.Tags.Add(name, value);
        }
    }
}
