using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Segments;

/// <summary>The baseline by segment on the wire.</summary>
internal sealed class SegmentsService(GetSegments getSegments) : Contracts.Forecast.V1.Segments.SegmentsBase
{
    [RequireRole(Role.Viewer)]
    public override Task<GetSegmentsResponse> GetSegments(GetSegmentsRequest request, ServerCallContext context) =>
        getSegments.RunAsync(request, context.CancellationToken);
}
