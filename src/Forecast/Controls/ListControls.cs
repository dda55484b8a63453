using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Controls;

/// <summary>Answers the changes of what governs spend.</summary>
internal sealed class ListControls(ControlStore store, TimeProvider time)
{
    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;
    private const int DefaultDays = 90;

    public async Task<ListControlsResponse> RunAsync(ListControlsRequest request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 0 or > MostLimit)
        {
            throw RpcErrors.InvalidArgument($"limit must be 1 to {MostLimit}, or 0 for {DefaultLimit}; it is {request.Limit}.");
        }

        if (request.Kind is not ("" or "allocation" or "budget" or "policy"))
        {
            throw RpcErrors.InvalidArgument($"kind must be allocation, budget or policy, or empty for all; it is '{Validation.Shown(request.Kind)}'.");
        }

        var since = request.Since?.ToDateTimeOffset() ?? time.GetUtcNow().AddDays(-DefaultDays);
        var controls = await store.ListAsync(request.TeamId, request.Kind, since, request.Limit == 0 ? DefaultLimit : request.Limit, cancellationToken);
        return new ListControlsResponse
        {
            Controls =
            {
                controls.Select(change => new ControlChange
                {
                    EventId = change.EventId.ToString(),
                    OccurredAt = change.OccurredAt.ToTimestampUtc(),
                    Kind = change.Kind,
                    TeamId = change.TeamId,
                    Subject = change.Subject,
                    Actor = change.Actor,
                    Summary = change.Summary,
                }),
            },
        };
    }
}
