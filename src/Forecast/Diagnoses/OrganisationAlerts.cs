using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;

namespace Platform.Forecast.Diagnoses;

/// <summary>Alerts, asked of Metering. Without its answer the call is UNAVAILABLE (DEPENDENCY_UNAVAILABLE): an answer without alerts would say that there were none.</summary>
internal sealed class OrganisationAlerts(Alerts.AlertsClient alerts, TimeProvider time)
{
    private const int PageSize = 1000;
    private const int MostPages = 10;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Newest first, acknowledged ones too; at most the last ten thousand of the time.</summary>
    /// <param name="kind">Unspecified: all.</param>
    /// <param name="until">Null: to now.</param>
    public async Task<List<Alert>> ListAsync(AlertKind kind, DateTimeOffset since, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var found = new List<Alert>();
        var request = new ListAlertsRequest { Kind = kind, All = true, PageSize = PageSize, OccurredBefore = until?.ToTimestampUtc() };
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await Ask.ServiceAsync(time, AnswerLimit, "The Metering service, which has the alerts,", options => alerts.ListAlertsAsync(request, options), cancellationToken);
            found.AddRange(answer.Alerts.Where(alert => alert.OccurredAt.ToDateTimeOffset() >= since));
            request.PageToken = answer.NextPageToken;
            if (request.PageToken.Length == 0 || answer.Alerts[^1].OccurredAt.ToDateTimeOffset() < since)
            {
                break;
            }
        }

        return found;
    }
}
