using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;

namespace Platform.Forecast.Controls;

/// <summary>Answers the changes of what governs spend.</summary>
internal sealed class ListControls(ControlStore store, OrganisationDirectory organisation, TimeProvider time)
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

        if (request.Kind.Length > 0 && !ControlEvent.Kinds.Contains(request.Kind))
        {
            throw RpcErrors.InvalidArgument($"kind must be one of {string.Join(", ", ControlEvent.Kinds)}, or empty for all; it is '{Validation.Shown(request.Kind)}'.");
        }

        var since = Moments.Read("since", request.Since) ?? time.GetUtcNow().AddDays(-DefaultDays);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        IReadOnlyList<string> kinds = request.Kind.Length > 0 ? [request.Kind] : [];
        var filter = new ControlFilter(request.TeamId, since, Moments.Read("until", request.Until), kinds);
        var limit = request.Limit == 0 ? DefaultLimit : request.Limit;
        var controls = await store.ListAsync(filter, limit, cancellationToken);
        return new ListControlsResponse
        {
            Controls =
            {
                controls.Select(ToWire),
            },
            // One that comes between the two readings is counted, and in no list yet: never fewer than are listed.
            ControlsTotal = controls.Count < limit ? controls.Count : Math.Max(controls.Count, await store.CountAsync(filter, cancellationToken)),
        };
    }

    public static ControlChange ToWire(ControlEvent change) => new()
    {
        EventId = change.EventId == Guid.Empty ? "" : change.EventId.ToString(),
        OccurredAt = change.OccurredAt.ToTimestampUtc(),
        Kind = change.Kind,
        TeamId = change.TeamId,
        Subject = change.Subject,
        Actor = change.Actor,
        Summary = change.Summary,
        FromTeamId = change.FromTeamId,
    };
}
