using Grpc.Core;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Series;
using Platform.ServiceDefaults.Identity;

namespace Platform.Forecast;

internal sealed class ForecastService(GetForecast getForecast, ListForecasts listForecasts, GetSeries getSeries) : Contracts.Forecast.V1.Forecast.ForecastBase
{
    [RequireRole(Role.Viewer)]
    public override Task<ForecastView> GetForecast(GetForecastRequest request, ServerCallContext context) =>
        getForecast.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task ListForecasts(ListForecastsRequest request, IServerStreamWriter<ForecastView> responseStream, ServerCallContext context)
    {
        await foreach (var view in listForecasts.RunAsync(request, context.CancellationToken))
        {
            await responseStream.WriteAsync(view, context.CancellationToken);
        }
    }

    [RequireRole(Role.Viewer)]
    public override Task<GetSeriesResponse> GetSeries(GetSeriesRequest request, ServerCallContext context) =>
        getSeries.RunAsync(request, context.CancellationToken);
}
