using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.Forecast.Publishing;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast.Versions;

/// <summary>The official forecast's versions on the wire. What is kept names the key that published; what it is called now is told beside it.</summary>
internal sealed class VersionsService(PublishVersion publish, ShowVersions show, CompareVersions compare, IKeysById keys) : Contracts.Forecast.V1.Versions.VersionsBase
{
    [RequireRole(Role.BillingAdmin)]
    public override async Task<ForecastVersion> PublishVersion(PublishVersionRequest request, ServerCallContext context) =>
        Named(await publish.RunAsync(request, context.GetCaller().KeyId, context.CancellationToken));

    [RequireRole(Role.Viewer)]
    public override async Task<ListVersionsResponse> ListVersions(ListVersionsRequest request, ServerCallContext context)
    {
        var answer = await show.ListAsync(request, context.CancellationToken);
        foreach (var version in answer.Versions)
        {
            Named(version);
        }

        return answer;
    }

    [RequireRole(Role.Viewer)]
    public override async Task<VersionFigures> GetVersion(GetVersionRequest request, ServerCallContext context)
    {
        var answer = await show.GetAsync(request, context.CancellationToken);
        Named(answer.Version);
        return answer;
    }

    [RequireRole(Role.Viewer)]
    public override async Task<VersionComparison> CompareVersions(CompareVersionsRequest request, ServerCallContext context)
    {
        var answer = await compare.RunAsync(request, context.CancellationToken);
        Named(answer.From);
        Named(answer.To);
        return answer;
    }

    private ForecastVersion Named(ForecastVersion version)
    {
        keys.FindById(version.PublishedBy, out var caller);
        version.PublishedByName = caller?.Name ?? "";
        return version;
    }
}
