using Aspire.Hosting;

// Servers, a web project, and a shell with a child of its own that ignores every polite signal: all that must not be left behind.
var builder = DistributedApplication.CreateBuilder(args);
var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("seconddb");
var messaging = builder.AddRabbitMQ("messaging").WithDataVolume();
builder.AddProject<Projects.Platform_NativeHost_TestService>("service")
    .WithReference(database).WaitFor(database)
    .WithReference(messaging).WaitFor(messaging)
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithExternalHttpEndpoints();
builder.AddExecutable("stubborn", "bash", "/", "-c", "trap '' TERM INT HUP; sleep 1000 & wait; wait");
builder.Build().Run();
