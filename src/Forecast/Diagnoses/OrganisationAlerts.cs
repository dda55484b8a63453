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
        var request = new ListAlertsRequest { Kind = kind, All = true, PageSize = PageSize, OccurredFrom = since.ToTimestampUtc(), OccurredBefore = until?.ToTimestampUtc() };
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await AskAsync(request, cancellationToken);
            // A Metering of an earlier version gives those from before too.
            found.AddRange(answer.Alerts.Where(alert => alert.OccurredAt.ToDateTimeOffset() >= since));
            request.PageToken = answer.NextPageToken;
            if (request.PageToken.Length == 0 || answer.Alerts[^1].OccurredAt.ToDateTimeOffset() < since)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>How many there are of a time, whatever became of them, but for tests of channels.</summary>
    /// <returns>Null: a Metering of an earlier version does not say.</returns>
    public async Task<long?> CountAsync(DateTimeOffset since, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var request = new ListAlertsRequest { All = true, PageSize = 1, OccurredFrom = since.ToTimestampUtc(), OccurredBefore = until.ToTimestampUtc(), WithTotal = true };
        var all = await AskAsync(request, cancellationToken);
        request.Kind = AlertKind.Test;
        return all.HasTotal ? all.Total - (await AskAsync(request, cancellationToken)).Total : null;
    }

    private async Task<ListAlertsResponse> AskAsync(ListAlertsRequest request, CancellationToken cancellationToken) =>
        await Ask.ServiceAsync(time, AnswerLimit, "The Metering service, which has the alerts,", options => alerts.ListAlertsAsync(request, options), cancellationToken);
}
