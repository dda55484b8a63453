using Platform.Postgres;
using Platform.Routing;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Chat;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDirectoryReplica();
builder.AddPlatformDatabase("routingdb", typeof(Program).Assembly, publishes: null);
builder.Services.AddPlatformGrpc();
builder.AddJournal();
builder.AddLeases();
builder.AddPolicies();
builder.AddGateway();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapPlatformReflection();
app.MapGrpcService<RoutingService>();
app.MapPost("/v1/chat/completions", (HttpContext http, CallPipeline calls, ChatShape chat) => calls.HandleAsync(http, chat));
app.MapGet("/v1/models", ModelsEndpoint.HandleAsync);
app.Run();
