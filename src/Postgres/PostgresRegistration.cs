using System.Reflection;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Platform.Postgres.Forgetting;
using Platform.ServiceDefaults;

namespace Platform.Postgres;

public static class PostgresRegistration
{
    /// <summary>
    /// Registers the service's one database, which is made where it is missing: a pooled data source with tracing and a health check, migrations before anything else starts, the outbox
    /// and (where the service publishes) its relay, and the end of what it need not remember any longer.
    /// </summary>
    /// <param name="connectionName">Name of the connection string, for example walletdb.</param>
    /// <param name="service">The assembly that embeds the service's migrations.</param>
    /// <param name="publishes">The assembly that declares the events that this service publishes; null when it publishes none.</param>
    /// <param name="hasConsumer">
    /// Whether a queue must receive an event of the type: if so, an event that reaches none stays in the outbox. Null: every event must be received.
    /// </param>
    /// <param name="preparedStatements">
    /// As many statements that a connection runs again and again are parsed once and planned for all their values; 0: none. For services whose statements look rows up
    /// by key, where no value asks for another plan.
    /// </param>
    public static void AddPlatformDatabase(
        this IHostApplicationBuilder builder, string connectionName, Assembly service, Assembly? publishes, Func<Type, bool>? hasConsumer = null,
        int preparedStatements = 0)
    {
        var settings = ConnectionSettings.Read(builder.Configuration, connectionName, preparedStatements);
        builder.Services.AddNpgsqlDataSource(settings.ConnectionString);
        builder.Services.AddSingleton<PostgresHealthCheck>();
        builder.Services.AddHealthChecks().AddCheck<PostgresHealthCheck>("PostgreSql").AddCheck<LoopHealthCheck>("Loops");
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Somebody receives it; else nothing is measured (ServiceDefaults).
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddNpgsql().AddSource(OutboxRelay.ActivitySourceName))
                .WithMetrics(metrics => metrics.AddMeter("Npgsql"));
        }

        builder.Services.AddSingleton<Migrator>();
        builder.Services.AddSingleton<Outbox>();
        builder.Services.AddHostedService(services => new MigrateAtStart(
            new ServiceDatabase(settings, services.GetRequiredService<ILogger<ServiceDatabase>>()), services.GetRequiredService<Migrator>(), service, services.GetRequiredService<ILogger<MigrateAtStart>>()));
        builder.Services.AddSettings<ForgettingOptions>(ForgettingOptions.Section);
        builder.Services.AddSingleton(AgingTable.Inbox);
        builder.Services.AddSingleton(AgingTable.Idempotency);
        builder.Services.AddHostedService<ForgetOldRows>();
        if (publishes is not null)
        {
            var broker = builder.Configuration.GetConnectionString("messaging")
                ?? throw new InvalidOperationException("Connection string 'messaging' is missing: set ConnectionStrings__messaging.");
            builder.Services.AddHostedService(services => new OutboxRelay(
                services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<Outbox>(), services.GetRequiredService<IBus>(), publishes,
                hasConsumer ?? (_ => true), new BrokerRefusal(broker, services.GetRequiredService<TimeProvider>()), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<OutboxRelay>>()));
        }
    }
}
