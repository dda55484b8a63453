using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Metering;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Delivery;
using Platform.Metering.Budgets;
using Platform.Metering.DeniedDemand;
using Platform.Metering.Periods;
using Platform.Metering.Intake;
using Platform.Metering.Prices;
using Platform.Metering.Retention;
using Platform.Metering.Teams;
using Platform.Metering.Workloads;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDirectoryReplica();
builder.AddPlatformDatabase("meteringdb", typeof(Program).Assembly, typeof(UsageMetered).Assembly, Queues.HasConsumer);
builder.AddPlatformMessaging(
    (Queues.MeteringDemandDenied, typeof(DemandDeniedConsumer)), (Queues.MeteringForecastPublished, typeof(ForecastPublishedConsumer)),
    (Queues.MeteringAlerts, typeof(AlertConsumer)));
builder.AddDeadMessages(Queues.MeteringDemandDenied, Queues.MeteringForecastPublished, Queues.MeteringAlerts);
builder.Services.AddOptions<IntakeOptions>().BindConfiguration(IntakeOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<RetentionOptions>().BindConfiguration(RetentionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<AlertOptions>().BindConfiguration(AlertOptions.Section);
builder.Services.AddPlatformGrpc();
builder.Services.AddMetering();
builder.Services.AddServiceClient<Controls.ControlsClient>("wallet");
builder.Services.AddSingleton<ITeamSource, IdentityTeamSource>();
builder.Services.AddSingleton<IKeySource, IdentityKeySource>();
builder.Services.AddSingleton<IBudgetCaps, WalletCaps>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapPlatformReflection();
app.MapDeadMessages();
app.MapGrpcService<UsageService>();
app.MapGrpcService<PricesService>();
app.MapGrpcService<BudgetsService>();
app.MapGrpcService<DemandService>();
app.MapGrpcService<PeriodsService>();
app.MapGrpcService<WorkloadsService>();
app.MapGrpcService<AlertsService>();
app.Run();
