using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.NativeHost.Engine;
using Platform.NativeHost.Servers;

namespace Platform.Testing;

/// <summary>
/// The servers that tests talk to: those named by the environment (<c>./test</c> starts one of each for all projects), or else one of each a
/// test process, started when first asked for and ended with the process.
/// </summary>
internal static class TestServers
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private static readonly Lazy<Task<string>> Postgres = new(async () =>
        Environment.GetEnvironmentVariable("KT_TEST_POSTGRES") ?? (await StartForAllAsync(b => b.AddPostgres("postgres"), "postgres")).ConnectionString);

    private static readonly Lazy<Task<TestBroker>> Broker = new(StartBrokerAsync);

    /// <summary>Kept from collection: the servers end with the process that started them, by the engine's watcher.</summary>
    private static readonly List<DistributedApplication> Running = [];

    public static Task<string> PostgresAsync() => Postgres.Value;

    public static Task<TestBroker> BrokerAsync() => Broker.Value;

    private static async Task<TestBroker> StartBrokerAsync()
    {
        if (Environment.GetEnvironmentVariable("KT_TEST_RABBITMQ") is { } given)
        {
            return new TestBroker(new Uri(given), Environment.GetEnvironmentVariable("KT_TEST_RABBITMQ_CONTROL")
                ?? throw new InvalidOperationException("Beside KT_TEST_RABBITMQ set KT_TEST_RABBITMQ_CONTROL to the broker's control.env."));
        }

        var (connectionString, data) = await StartForAllAsync(b => b.AddRabbitMQ("messaging"), "messaging");
        return new TestBroker(new Uri(connectionString), Path.Combine(data, "messaging", "control.env"));
    }

    private static async Task<(string ConnectionString, string Data)> StartForAllAsync(Action<IDistributedApplicationBuilder> add, string resourceName)
    {
        var (app, connectionString, data) = await StartAsync(add, resourceName);
        lock (Running)
        {
            Running.Add(app);
        }

        return (connectionString, data);
    }

    /// <summary>Starts one server, whose end is its starter's matter.</summary>
    public static async Task<(DistributedApplication App, string ConnectionString, string Data)> StartAsync(
        Action<IDistributedApplicationBuilder> add, string resourceName)
    {
        var data = TestRun.NewDataDirectory();
        var builder = DistributedApplication.CreateBuilder([$"--DataDirectory={data}", $"--{TestRun.ConfigurationKey}=true", $"--{PostgresLauncher.FsyncKey}=off"]);
        add(builder);
        var app = builder.Build();
        using var limit = new CancellationTokenSource(StartLimit);
        await app.StartAsync(limit.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(resourceName, limit.Token);
        return (app, (await app.GetConnectionStringAsync(resourceName, limit.Token))!, data);
    }
}

/// <param name="Address">Its AMQP URI with user and password, without a virtual host.</param>
/// <param name="ControlFile">The broker's identity for Erlang's own tools: <c>HOME</c>, <c>RABBITMQ_NODENAME</c>, <c>ERL_EPMD_PORT</c>.</param>
internal sealed record TestBroker(Uri Address, string ControlFile);
