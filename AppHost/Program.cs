using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Platform.AppHost;
using static Platform.AppHost.ResourceNames;

var builder = DistributedApplication.CreateBuilder(args);
GivenParameters.Settle(builder.Configuration);
StopTimes.Settle(builder.Configuration);
var data = Path.GetFullPath(builder.Configuration["DataDirectory"] ?? Path.Combine(builder.AppHostDirectory, "..", ".data"));

// Letters and digits only, since they become part of keys that people paste into shells and headers.
IResourceBuilder<ParameterResource> AddToken(string name) =>
    builder.AddParameter(name, new GenerateParameterDefault { MinLength = 43, Special = false }, secret: true, persist: true);

var ownerToken = AddToken(OwnerToken);
var serviceToken = AddToken(ServiceToken);
var supportKey = AddToken(SupportKey);

// How many processes of a service run behind its one address.
int ReplicasOf(string name)
{
    var given = GivenParameters.Find(builder.Configuration, name) ?? "1";
    return int.TryParse(given, out var replicas) && replicas is >= 1 and <= MaxReplicas
        ? replicas
        : throw new DistributedApplicationException($"Parameters:{name} must be 1 to {MaxReplicas}; it is '{given}'.");
}

// A web project that knows the platform's own token and is ready when its /health answers.
IResourceBuilder<ProjectResource> Add<TProject>(string name)
    where TProject : IProjectMetadata, new() =>
    builder.AddProject<TProject>(name)
        .WithEnvironment("Identity__ServiceToken", $"kt_live_{serviceToken}")
        .WithHttpHealthCheck("/health", endpointName: HttpEndpoint);

var servers = new Servers(builder, processes: ReplicasOf(WalletReplicas) + ReplicasOf(MeteringReplicas) + ReplicasOf(RoutingReplicas) + 2); // Forecast and Export.
IResourceBuilder<ProjectResource> AddService<TProject>(string name, string databaseName)
    where TProject : IProjectMetadata, new() => servers.GiveTo(Add<TProject>(name), databaseName);

var simulator = builder.AddProject<Projects.Platform_ProviderSimulator>(Simulator)
    .WithEnvironment("Simulator__Directory", Path.Combine(data, "simulator"))
    .WithHttpHealthCheck("/health", endpointName: HttpEndpoint).WithExternalHttpEndpoints();

var wallet = AddService<Projects.Platform_Wallet>(Wallet, WalletDatabase).WithReplicas(ReplicasOf(WalletReplicas))
    .WithEnvironment("Bootstrap__OwnerToken", $"kt_live_{ownerToken}")
    .WithEnvironment("Bootstrap__ServiceToken", $"kt_live_{serviceToken}")
    .WithEnvironment("Bootstrap__SupportKey", $"kt_live_{supportKey}")
    .WithEnvironment("Bootstrap__Organisation", builder.AddParameter(Organisation))
    .WithEnvironment("Bootstrap__Currency", builder.AddParameter(Currency))
    .WithEnvironment("Bootstrap__OpeningAmount", builder.AddParameter(OpeningAmount));

var metering = AddService<Projects.Platform_Metering>(Metering, MeteringDatabase).WithReplicas(ReplicasOf(MeteringReplicas))
    .WithReference(wallet).WaitFor(wallet);

var routing = AddService<Projects.Platform_Routing>(Routing, RoutingDatabase).WithReplicas(ReplicasOf(RoutingReplicas))
    .WithReference(wallet).WaitFor(wallet).WithReference(metering).WaitFor(metering).WithReference(simulator).WaitFor(simulator)
    .WithEnvironment("Journal__Directory", Path.Combine(data, "journal"))
    // Every call passes here, so a second compilation with profiles pays: five runs each in turns, 68 instead of 79 µs of processor time a call, for a start that takes 1.6 s instead of 1.3. It does nothing for Wallet, and costs
    // Metering's first half minute.
    .WithEnvironment("DOTNET_TieredPGO", "1")
    .WithExternalHttpEndpoints();

// The providers are the simulator until a real one is named by a parameter such as openai-base-url. Then those that are not named are not there: nobody should take
// the simulator's answers for a provider's.
bool IsNamed(string parameter) => GivenParameters.Find(builder.Configuration, parameter) is not null;
var providers = new[] { ("openai", OpenAiBaseUrl, OpenAiApiKey), ("anthropic", AnthropicBaseUrl, AnthropicApiKey) };
var isSimulated = !providers.Any(provider => IsNamed(provider.Item2));
foreach (var (provider, url, key) in providers.Where(provider => isSimulated || IsNamed(provider.Item2)))
{
    routing.WithEnvironment($"Providers__{provider}__ApiKey", builder.AddParameter(key, secret: true))
        .WithEnvironment($"Providers__{provider}__BaseUrl", isSimulated
            ? ReferenceExpression.Create($"{simulator.GetEndpoint(HttpEndpoint)}")
            : ReferenceExpression.Create($"{builder.AddParameter(url)}"));
}

var forecast = AddService<Projects.Platform_Forecast>(Forecast, ForecastDatabase).WithReference(wallet).WaitFor(wallet).WithReference(metering).WaitFor(metering)
    .WithReference(routing);
var export = AddService<Projects.Platform_Export>(Export, ExportDatabase)
    .WithReference(wallet).WaitFor(wallet).WithReference(metering).WaitFor(metering)
    .WithEnvironment("Export__Directory", Path.Combine(data, "buckets"));

// The faces say on /health whether the services behind them answer, so they start as soon as they have somebody to ask who calls.
foreach (var face in new[] { Add<Projects.Platform_Api>(Api), Add<Projects.Platform_Dashboard>(Dashboard) })
{
    face.WithReference(wallet).WithReference(metering).WithReference(routing).WithReference(forecast).WithReference(export)
        .WaitFor(wallet).WithExternalHttpEndpoints();
}

builder.Build().Run();
