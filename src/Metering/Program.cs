using Platform.Contracts.Events;
using Platform.Metering;
using Platform.Metering.DeniedDemand;
using Platform.Metering.Prices;
using Platform.Metering.Teams;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDirectoryReplica();
builder.AddPlatformDatabase("meteringdb", typeof(Program).Assembly, typeof(UsageMetered).Assembly, Queues.HasConsumer);
builder.AddPlatformMessaging((Queues.MeteringDemandDenied, typeof(DemandDeniedConsumer)));
builder.AddDeadMessages(Queues.MeteringDemandDenied);
builder.Services.AddPlatformGrpc();
builder.Services.AddMetering();
builder.Services.AddSingleton<ITeamSource, IdentityTeamSource>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapPlatformReflection();
app.MapDeadMessages();
app.MapGrpcService<UsageService>();
app.MapGrpcService<PricesService>();
app.Run();
