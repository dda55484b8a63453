using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Platform.ServiceDefaults.Faults;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.ServiceDefaults;

public static class ServiceDefaultsRegistration
{
    /// <summary>What every process of the platform shares: clock, telemetry, health, discovery.</summary>
    public static void AddServiceDefaults(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(SkewedTimeProvider.FromEnvironment());
        builder.Services.AddServiceDiscovery();
        builder.Services.AddHealthChecks();
        AddTelemetry(builder);
    }

    /// <summary>The key directory as a replica of Wallet's: for every service but Wallet itself.</summary>
    public static void AddDirectoryReplica(this IHostApplicationBuilder builder)
    {
        AddIdentityOptions(builder);
        builder.Services.AddServiceClient<Contracts.Identity.V1.Identity.IdentityClient>("wallet");
        builder.Services.AddSingleton<DirectoryReplica>();
        builder.Services.AddSingleton<IKeyDirectory>(services => services.GetRequiredService<DirectoryReplica>());
        builder.Services.AddSingleton<IKeysById>(services => services.GetRequiredService<DirectoryReplica>());
        builder.Services.AddHostedService(services => services.GetRequiredService<DirectoryReplica>());
        builder.Services.AddHealthChecks().AddCheck<DirectoryReplica>("KeyDirectory");
    }

    /// <summary>The service's own token, for calls to other services.</summary>
    public static void AddIdentityOptions(this IHostApplicationBuilder builder) =>
        builder.Services.AddSettings<IdentityOptions>(IdentityOptions.Section);

    /// <summary><c>/health</c>: 200 when the process can do its work, with what is not well beside it (<see cref="HealthAnswer"/>). <c>/alive</c>: 200 while it runs.</summary>
    public static void MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = HealthAnswer.WriteAsync }).AllowAnonymous();
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
    }

    /// <summary>Where nobody receives it nothing is listened to, and no call pays for it; traces are passed on all the same, by the runtime itself.</summary>
    private static void AddTelemetry(IHostApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation().AddMeter("Platform.*", "MassTransit"))
            .WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation(options => options.Filter = http => http.Request.Path.Value is not ("/health" or "/alive"))
                .AddHttpClientInstrumentation()
                .AddSource("Platform.*", "MassTransit"))
            .UseOtlpExporter();
    }
}
