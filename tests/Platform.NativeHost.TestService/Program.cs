// What the engine's tests ask of a service: its health, its environment, its process, and to crash.
var crash = Environment.GetEnvironmentVariable("CRASH_AT_START");
if (crash is not null)
{
    Console.Error.WriteLine(crash);
    return 3;
}

var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
var started = Environment.GetEnvironmentVariable("STARTED_FILE");
if (started is not null)
{
    File.AppendAllText(started, $"{Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME")}\n");
}

app.MapGet("/health", () => Environment.GetEnvironmentVariable("HEALTHY_FILE") is { } file && !File.Exists(file)
    ? Results.StatusCode(StatusCodes.Status503ServiceUnavailable)
    : Results.Ok());
app.MapGet("/environment/{name}", (string name) => Environment.GetEnvironmentVariable(name) ?? "");
app.MapGet("/pid", () => Environment.ProcessId);
app.MapPost("/crash", () => Environment.Exit(7));
await app.RunAsync();
return 0;
