using System.Net.Http.Headers;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Grpc.Net.Client;
using Platform.AppHost;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>The whole topology of the AppHost, on real servers, with an empty data directory of its own.</summary>
public sealed class RunningPlatform : IAsyncDisposable
{
    public const string OwnerToken = "kt_live_ownertokenoftheintegrationtests000000000000";
    /// <summary>Of the services, which have the role of gateways.</summary>
    public const string ServiceToken = "kt_live_servicetokenoftheintegrationtests0000000000";
    public const string SupportKey = "kt_live_supportkeyoftheintegrationtests000000000000";
    /// <summary>A setting: the platform starts a broker of its own, for what stops it or begins with nothing there at all.</summary>
    public const string OwnBroker = $"--ConnectionStrings:{ResourceNames.Messaging}=";

    private const string Prefix = "kt_live_";

    /// <summary>Everything has a bound; a platform that is not healthy by then has failed.</summary>
    public static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(6);

    private static readonly string[] AllResources =
    [
        ResourceNames.Wallet, ResourceNames.Metering, ResourceNames.Routing, ResourceNames.Forecast, ResourceNames.Export, ResourceNames.Api,
        ResourceNames.Dashboard, ResourceNames.Simulator,
    ];

    private RunningPlatform(DistributedApplication app, string dataDirectory)
    {
        App = app;
        DataDirectory = dataDirectory;
        Api = app.CreateHttpClient(ResourceNames.Api);
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", OwnerToken);
        Gateway = app.CreateHttpClient(ResourceNames.Routing);
        Gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SupportKey);
        Simulator = app.CreateHttpClient(ResourceNames.Simulator);
        foreach (var client in new[] { Api, Gateway, Simulator })
        {
            client.Timeout = TimeSpan.FromSeconds(60);
        }
    }

    public DistributedApplication App { get; }

    /// <summary>Where its data live; removed with it unless a test named another.</summary>
    public string DataDirectory { get; }

    /// <summary>REST, as the owner.</summary>
    public HttpClient Api { get; }

    /// <summary>The AI gateway, with team_support's key.</summary>
    public HttpClient Gateway { get; }

    public HttpClient Simulator { get; }

    public KtCommand Kt => new(Environment());

    /// <summary>Starts the platform.</summary>
    /// <param name="waitUntilHealthy">False: answers as soon as its processes are started.</param>
    /// <param name="configure">Changes the topology before it is built.</param>
    /// <param name="settings">Further arguments of the AppHost.</param>
    public static async Task<RunningPlatform> StartAsync(
        CancellationToken cancellationToken, bool waitUntilHealthy = true, Action<IDistributedApplicationTestingBuilder>? configure = null,
        params string[] settings)
    {
        var builder = await BuilderAsync(cancellationToken, settings);
        configure?.Invoke(builder);
        var app = await builder.BuildAsync(cancellationToken);
        await app.StartAsync(cancellationToken).WaitAsync(StartTimeout, cancellationToken);
        var platform = new RunningPlatform(app, builder.Configuration["DataDirectory"]!);
        if (waitUntilHealthy)
        {
            await platform.WaitUntilHealthyAsync(cancellationToken);
        }

        return platform;
    }

    /// <summary>
    /// The topology with the tests' tokens, for a test that starts a part of it. Its broker is a virtual host of the tests' one, empty as a new broker is, unless a setting says otherwise: to start a broker takes
    /// longer than to start all services.
    /// </summary>
    public static async Task<IDistributedApplicationTestingBuilder> BuilderAsync(CancellationToken cancellationToken, params string[] settings)
    {
        var broker = Array.Exists(settings, setting => setting.StartsWith(OwnBroker, StringComparison.Ordinal)) ? "" : $"{await TestRabbit.CreateVirtualHostAsync()}";
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [
                $"--ConnectionStrings:{ResourceNames.Postgres}=", // Never the servers that whoever runs the tests has named in the environment.
                $"{OwnBroker}{broker}",
                $"--Parameters:{ResourceNames.OwnerToken}={OwnerToken[Prefix.Length..]}",
                $"--Parameters:{ResourceNames.ServiceToken}={ServiceToken[Prefix.Length..]}",
                $"--Parameters:{ResourceNames.SupportKey}={SupportKey[Prefix.Length..]}",
                "--NativeHost:Fsync=off",
                .. settings,
            ],
            cancellationToken);

        // Gateways live for seconds here, in which a second compilation with profiles costs more than it gains.
        Service(builder, ResourceNames.Routing).WithEnvironment("DOTNET_TieredPGO", "0");
        return builder;
    }

    /// <summary>One of the topology's services, to change it before it is built.</summary>
    public static IResourceBuilder<ProjectResource> Service(IDistributedApplicationTestingBuilder builder, string name) =>
        builder.CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == name));

    /// <exception cref="DistributedApplicationException">Something failed to start; the message says all that did, and so why the others could not.</exception>
    public async Task WaitUntilHealthyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(AllResources.Select(resource => App.ResourceNotifications.WaitForResourceHealthyAsync(resource, cancellationToken)))
                .WaitAsync(StartTimeout, cancellationToken);
        }
        catch (DistributedApplicationException exception)
        {
            throw new DistributedApplicationException($"{exception.Message}\n{await File.ReadAllTextAsync(Path.Combine(DataDirectory, "run", "failed"), cancellationToken)}", exception);
        }
    }

    /// <summary>A client of a service's gRPC endpoint, which the caller disposes of.</summary>
    public GrpcChannel GrpcOf(string service) => GrpcChannel.ForAddress(App.GetEndpoint(service, ResourceNames.GrpcEndpoint));

    public async Task<string> ConnectionStringAsync(string resource) => (await App.GetConnectionStringAsync(resource))!;

    /// <summary>What <c>./run --env</c> prints for people.</summary>
    public Dictionary<string, string> Environment() => new()
    {
        ["KEEPTRUSTS_DATA"] = DataDirectory,
        ["KEEPTRUSTS_API_URL"] = Api.BaseAddress!.ToString().TrimEnd('/'),
        ["KEEPTRUSTS_API_TOKEN"] = OwnerToken,
        ["KEEPTRUSTS_INVOICE_URL"] = new Uri(Simulator.BaseAddress!, "invoice").ToString(),
        ["KEEPTRUSTS_DASHBOARD_URL"] = App.GetEndpoint(ResourceNames.Dashboard).ToString().TrimEnd('/'),
        ["OPENAI_BASE_URL"] = new Uri(Gateway.BaseAddress!, "v1").ToString(),
        ["OPENAI_API_KEY"] = SupportKey,
        ["ANTHROPIC_BASE_URL"] = Gateway.BaseAddress!.ToString().TrimEnd('/'),
        ["ANTHROPIC_API_KEY"] = SupportKey,
    };

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        Gateway.Dispose();
        Simulator.Dispose();
        await App.DisposeAsync();
    }
}
