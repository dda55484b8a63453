using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Postgres.DeadMessages;

public static class DeadMessagesRegistration
{
    /// <summary>Collects what this service's queues could not handle, and serves the contract with which people see and decide it.</summary>
    /// <param name="queues">The queues that this service consumes; none for one that only publishes.</param>
    public static void AddDeadMessages(this IHostApplicationBuilder builder, params string[] queues)
    {
        var broker = builder.Configuration.GetConnectionString("messaging")
            ?? throw new InvalidOperationException("Connection string 'messaging' is missing: set ConnectionStrings__messaging.");
        builder.Services.AddSingleton<DeadMessageStore>();
        builder.Services.AddSingleton(services => new DecideDeadMessage(
            broker, services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<Outbox>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService(services => new DeadMessageCollector(
            broker, queues, services.GetRequiredService<DeadMessageStore>(), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<DeadMessageCollector>>()));
    }

    public static void MapDeadMessages(this WebApplication app) => app.MapGrpcService<DeadMessagesService>();
}
