using Aspire.Hosting;

// Servers, a web project, and a shell whose child has a session of its own and ignores every polite signal: nothing may be left behind.
var builder = DistributedApplication.CreateBuilder(args);
var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("seconddb");
var messaging = builder.AddRabbitMQ("messaging").WithDataVolume();
builder.AddProject<Projects.Platform_NativeHost_TestService>("service")
    .WithReference(database).WaitFor(database)
    .WithReference(messaging).WaitFor(messaging)
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithExternalHttpEndpoints();
builder.AddExecutable("stubborn", "bash", "/", "-c", "setsid bash -c \"trap '' TERM INT HUP; sleep 1000; sleep 1000\" & wait");
builder.Build().Run();
