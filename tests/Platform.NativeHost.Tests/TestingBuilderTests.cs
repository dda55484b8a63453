using System.Net;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost.Tests;

/// <summary>The way in which the integration tests run the platform: an AppHost's own Main in the test's process.</summary>
public sealed class TestingBuilderTests
{
    [Fact]
    public async Task AppHost_runs_its_own_Main_on_an_empty_data_directory_that_goes_with_it()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TestTopology.Limit);
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Platform_NativeHost_TestHost>(
            [$"--{Topology.OnlyKey}=service"], limit.Token);
        Assert.Contains(builder.Resources, r => r.Name == "postgres");
        builder.CreateResourceBuilder((ProjectResource)builder.Resources.Single(r => r.Name == "service"))
            .WithAnnotation(new EnvironmentCallbackAnnotation(context => context.EnvironmentVariables["FROM_TEST"] = "yes"));
        var data = builder.Configuration["DataDirectory"]!;

        await using (var app = await builder.BuildAsync(limit.Token))
        {
            await app.StartAsync(limit.Token);
            await app.ResourceNotifications.WaitForResourceHealthyAsync("service", limit.Token);
            using var client = app.CreateHttpClient("service");

            Assert.Equal("yes", await client.GetStringAsync(new Uri("/environment/FROM_TEST", UriKind.Relative), limit.Token));
            using var health = await client.GetAsync(new Uri("/health", UriKind.Relative), limit.Token);
            Assert.Equal(HttpStatusCode.OK, health.StatusCode);
            var connectionString = await app.GetConnectionStringAsync("seconddb", limit.Token);
            Assert.StartsWith("Host=localhost;", connectionString, StringComparison.Ordinal);
            Assert.EndsWith(";Database=seconddb", connectionString, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(data));
    }
}
