using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Platform.AppHost;

namespace Platform.IntegrationTests.Routing;

/// <summary>A gateway for providers that fail in every way: what hangs is given up within seconds, and no failure, however many, closes the way for the next.</summary>
internal static class ImpatientGateway
{
    /// <param name="builder">Of the topology.</param>
    /// <param name="seconds">Without an answer, or without more of it. No fewer than a busy machine may keep an honest answer waiting: that would count as a hang.</param>
    public static void Configure(IDistributedApplicationTestingBuilder builder, int seconds)
    {
        var limit = seconds.ToString(CultureInfo.InvariantCulture);
        RunningPlatform.Service(builder, ResourceNames.Routing).WithEnvironment("Gateway__FirstByteSeconds", limit).WithEnvironment("Gateway__SilenceSeconds", limit)
            .WithEnvironment("Breaker__ConsecutiveFailures", "1000").WithEnvironment("Breaker__FailurePercent", "100");
    }
}
