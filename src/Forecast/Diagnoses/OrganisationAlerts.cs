using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Forecast.Diagnoses;

/// <summary>Alerts, asked of Metering. Without its answer the call is UNAVAILABLE (DEPENDENCY_UNAVAILABLE): an answer without alerts would say that there were none.</summary>
internal sealed class OrganisationAlerts(Alerts.AlertsClient alerts, TimeProvider time)
{
    private const int PageSize = 1000;
    private const int MostPages = 10;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Newest first, acknowledged ones too; at most ten thousand.</summary>
    /// <param name="kind">Unspecified: all.</param>
    /// <param name="teamId">Empty: all.</param>
    public async Task<List<Alert>> ListAsync(AlertKind kind, string teamId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var found = new List<Alert>();
        var request = new ListAlertsRequest { Kind = kind, TeamId = teamId, All = true, PageSize = PageSize };
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await AskAsync(request, cancellationToken);
            found.AddRange(answer.Alerts.Where(alert => alert.OccurredAt.ToDateTimeOffset() >= since));
            request.PageToken = answer.NextPageToken;
            if (request.PageToken.Length == 0 || answer.Alerts[^1].OccurredAt.ToDateTimeOffset() < since)
            {
                break;
            }
        }

        return found;
    }

    private async Task<ListAlertsResponse> AskAsync(ListAlertsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await alerts.ListAlertsAsync(request, new CallOptions(deadline: (time.GetUtcNow() + AnswerLimit).UtcDateTime, cancellationToken: cancellationToken));
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            throw RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, "The Metering service, which has the alerts, does not answer. Try again shortly.");
        }
    }
}
