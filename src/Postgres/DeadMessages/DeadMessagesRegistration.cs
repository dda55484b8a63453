using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Postgres.DeadMessages;

public static class DeadMessagesRegistration
{
    /// <summary>Collects what this service's queues could not handle, has people hear of it, and serves the contract with which they see and decide it.</summary>
    /// <param name="service">As people name its messages: wallet for wallet-12.</param>
    /// <param name="queues">The queues that this service consumes; none for one that only publishes.</param>
    public static void AddDeadMessages(this IHostApplicationBuilder builder, string service, params string[] queues)
    {
        var broker = builder.Configuration.GetConnectionString("messaging")
            ?? throw new InvalidOperationException("Connection string 'messaging' is missing: set ConnectionStrings__messaging.");
        builder.Services.AddSingleton<DeadMessageStore>();
        builder.Services.AddSingleton(services => new DecideDeadMessage(
            broker, services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<Outbox>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<FailedReceives>();
        builder.Services.AddReceiveObserver(services => services.GetRequiredService<FailedReceives>());
        builder.Services.AddHostedService(services => new DeadMessageCollector(
            broker, queues, services.GetRequiredService<FailedReceives>(), services.GetRequiredService<DeadMessageStore>(), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<DeadMessageCollector>>()));
        builder.Services.AddSingleton(services => new TellOfDeadMessages(
            service, services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<Outbox>(), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<TellOfDeadMessages>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<TellOfDeadMessages>());
    }

    public static void MapDeadMessages(this WebApplication app) => app.MapGrpcService<DeadMessagesService>();
}
