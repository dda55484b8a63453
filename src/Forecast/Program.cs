using Platform.Contracts.Events;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast;
using Platform.Forecast.Organisation;
using Platform.Forecast.Projection;
using Platform.Forecast.Series;
using Platform.Postgres;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDirectoryReplica();
builder.AddPlatformDatabase("forecastdb", typeof(Program).Assembly, publishes: null);
builder.AddPlatformMessaging((Queues.ForecastUsageMetered, typeof(UsageMeteredConsumer)));
builder.Services.AddPlatformGrpc();
builder.Services.AddServiceClient<Wallet.WalletClient>("wallet");
builder.Services.AddSingleton<OrganisationDirectory>();
builder.Services.AddSingleton<UsageSeriesStore>();
builder.Services.AddSingleton<GetSeries>();
builder.Services.AddSingleton<GetForecast>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapPlatformReflection();
app.MapGrpcService<ForecastService>();
app.Run();
