using Platform.Postgres;
using Platform.Routing;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Embeddings;
using Platform.Routing.Shapes.Messages;
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
app.MapPost("/v1/messages", (HttpContext http, CallPipeline calls, MessagesShape messages) => calls.HandleAsync(http, messages));
app.MapPost("/v1/embeddings", (HttpContext http, CallPipeline calls, EmbeddingsShape embeddings) => calls.HandleAsync(http, embeddings));
app.MapGet("/v1/models", ModelsEndpoint.HandleAsync);
app.Run();
