using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.ServiceDefaults.Messaging;

namespace Platform.Postgres.Tests;

public sealed class UsageTelemetryTests
{
    [Fact]
    public async Task Bus_of_a_service_reports_nothing_of_itself_to_anybody()
    {
        var builder = WebApplication.CreateBuilder(["--ConnectionStrings:messaging=amqp://guest:guest@localhost:1"]);
        builder.AddPlatformPublishing();
        await using var app = builder.Build();

        Assert.False(app.Services.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled);
    }
}
