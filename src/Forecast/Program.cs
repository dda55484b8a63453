using Platform.Contracts.Events;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast;
using Platform.Forecast.Controls;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Projection;
using Platform.Forecast.Publishing;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDirectoryReplica();
builder.AddPlatformDatabase("forecastdb", typeof(Program).Assembly, typeof(ForecastPublished).Assembly, Queues.HasConsumer);
builder.AddPlatformMessaging(
    (Queues.ForecastUsageMetered, typeof(UsageMeteredConsumer)), (Queues.ForecastDemandDenied, typeof(DemandDeniedConsumer)),
    (Queues.ForecastControls, typeof(ControlsConsumer)));
builder.AddDeadMessages(Queues.ForecastUsageMetered, Queues.ForecastDemandDenied, Queues.ForecastControls);
builder.Services.AddPlatformGrpc();
builder.Services.AddServiceClient<Wallet.WalletClient>("wallet");
builder.Services.AddSingleton<OrganisationDirectory>();
builder.Services.AddSingleton<IOrganisation>(services => services.GetRequiredService<OrganisationDirectory>());
builder.Services.AddSingleton<UsageSeriesStore>();
builder.Services.AddSingleton<GetSeries>();
builder.Services.AddSingleton<GetForecast>();
builder.Services.AddSingleton<DeniedDemandStore>();
builder.Services.AddSingleton<ControlStore>();
builder.Services.AddSingleton<SegmentStore>();
builder.Services.AddSingleton<OrganisationForecasts>();
builder.Services.AddSingleton<GetSegments>();
builder.Services.AddSingleton<GetLayers>();
builder.Services.AddSingleton<ListControls>();
builder.Services.AddHostedService<PublishForecasts>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapPlatformReflection();
app.MapDeadMessages();
app.MapGrpcService<ForecastService>();
app.MapGrpcService<SegmentsService>();
app.MapGrpcService<LayersService>();
app.Run();
