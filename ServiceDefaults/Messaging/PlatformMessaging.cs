using System.Data.Common;
using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Platform.ServiceDefaults.Messaging;

public static partial class PlatformMessaging
{
    /// <summary>More than a day of a database's absence; the policy keeps its pauses in a list, so it needs an end.</summary>
    private const int DatabaseOutageTries = 50_000;

    private static readonly TimeSpan DatabaseOutagePause = TimeSpan.FromSeconds(2);

    /// <summary>What x-arguments every consumer's queue has: replicated and durable.</summary>
    internal static Dictionary<string, object?> QueueArguments() => new() { ["x-queue-type"] = "quorum" };

    /// <summary>
    /// The bus, with the consumers of this service. A message whose handling fails is tried again in place with growing pauses; one that keeps failing
    /// goes to the queue's <c>_error</c> queue, where it is kept and can be seen, as one does at once of which its consumer says that no further try can handle it (<see cref="MessageRefusedException"/>).
    /// A message that is tried again keeps one of four places from others, so nothing that may come later is waited for here. The service waits for the broker when it starts; one that goes away later makes its health degraded.
    /// </summary>
    public static void AddPlatformMessaging(this IHostApplicationBuilder builder, params (string Queue, Type Consumer)[] consumers) =>
        AddBus(builder, holdsStart: true, consumers);

    /// <summary>
    /// The bus of a service that publishes and consumes nothing, and whose work does not wait for the broker: it starts without one, and its outbox
    /// keeps what it has to say.
    /// </summary>
    public static void AddPlatformPublishing(this IHostApplicationBuilder builder) => AddBus(builder, holdsStart: false, []);

    private static void AddBus(IHostApplicationBuilder builder, bool holdsStart, (string Queue, Type Consumer)[] consumers)
    {
        var connectionString = builder.Configuration.GetConnectionString("messaging")
            ?? throw new InvalidOperationException("Connection string 'messaging' is missing: set ConnectionStrings__messaging.");
        var retryLimit = builder.Configuration.GetValue("Messaging:RetryLimit", defaultValue: 12);
        builder.Services.AddHostedService(services => new BrokerTopology(
            connectionString, [.. consumers.Select(consumer => consumer.Queue)], holdsStart, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<BrokerTopology>>()));
        builder.Services.AddOptions<MassTransitHostOptions>().Configure(options =>
        {
            options.WaitUntilStarted = holdsStart;
            options.StartTimeout = TimeSpan.FromSeconds(60);
            options.StopTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services.AddMassTransit(registration =>
        {
            // Nothing of an installation is told to anybody else.
            registration.DisableUsageTelemetry();
            foreach (var (_, consumer) in consumers)
            {
                registration.AddConsumer(consumer);
            }

            // What is to be told waits in the outbox, and what is to be heard in the broker: the service works without it, and says so.
            registration.ConfigureHealthCheckOptions(options =>
            {
                options.Name = "Broker";
                options.MinimalFailureStatus = HealthStatus.Degraded;
            });

            registration.UsingRabbitMq((context, bus) =>
            {
                var log = context.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(PlatformMessaging));
                bus.Host(new Uri(connectionString), host => host.OnRefreshConnectionFactory =
                    _ => RefuseWhileLockedOutAsync(connectionString, context.GetRequiredService<TimeProvider>(), log));

                // A message that is indented is twice as long to every process and disk that it passes.
                bus.ConfigureJsonSerializerOptions(options => new JsonSerializerOptions(options) { WriteIndented = false });
                bus.AutoStart = true;
                foreach (var (queue, consumer) in consumers)
                {
                    bus.ReceiveEndpoint(queue, endpoint =>
                    {
                        endpoint.SetQuorumQueue();

                        // What a queue is bound to stands in Queues alone: by its consumer's events one that is read to its end would be bound again.
                        endpoint.ConfigureConsumeTopology = false;
                        endpoint.PrefetchCount = 16;
                        endpoint.ConcurrentMessageLimit = 4;

                        // While the database is away, or takes no writes, the message waits here for more than a day: nothing is wrong with it.
                        endpoint.UseMessageRetry(retry =>
                        {
                            retry.Handle<DbException>(DatabaseFailures.IsTransient);
                            retry.Interval(DatabaseOutageTries, DatabaseOutagePause);
                        });
                        endpoint.UseMessageRetry(retry =>
                        {
                            retry.Ignore<DbException>(DatabaseFailures.IsTransient);
                            retry.Ignore<MessageRefusedException>();
                            retry.Exponential(
                                retryLimit, minInterval: TimeSpan.FromMilliseconds(100), maxInterval: TimeSpan.FromSeconds(30), intervalDelta: TimeSpan.FromMilliseconds(200));
                        });
                        endpoint.ConfigureConsumer(context, consumer);
                    });
                }
            });
        });
    }

    /// <summary>
    /// Asked before the bus connects. It tries again after every failure but a refused password: after that one it never would, and the service would hear nothing for good though the password is right again. So it
    /// is told of that failure as of any other.
    /// </summary>
    private static async Task RefuseWhileLockedOutAsync(string connectionString, TimeProvider time, ILogger log)
    {
        if (await BrokerConnection.IsLockedOutAsync(connectionString, time))
        {
            LogLockedOut(log);
            throw new ConnectionException("The broker refuses the user or its password.");
        }
    }

    [LoggerMessage(LogLevel.Error, "The broker refuses the user or the password of ConnectionStrings__messaging; trying again. Give the broker that password (rabbitmqctl change_password), or start the service with the one that it has.")]
    private static partial void LogLockedOut(ILogger log);
}
