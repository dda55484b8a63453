using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.Forecast.Publishing;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Versions;

/// <summary>The official forecast's versions on the wire.</summary>
internal sealed class VersionsService(PublishVersion publish, ShowVersions show, CompareVersions compare) : Contracts.Forecast.V1.Versions.VersionsBase
{
    [RequireRole(Role.BillingAdmin)]
    public override Task<ForecastVersion> PublishVersion(PublishVersionRequest request, ServerCallContext context) =>
        publish.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListVersionsResponse> ListVersions(ListVersionsRequest request, ServerCallContext context) => show.ListAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<VersionFigures> GetVersion(GetVersionRequest request, ServerCallContext context) =>
        show.GetAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<VersionComparison> CompareVersions(CompareVersionsRequest request, ServerCallContext context) => compare.RunAsync(request, context.CancellationToken);
}
