using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost.Tests;

public sealed class ServiceEnvironmentTests
{
    [Fact]
    public async Task Project_with_Kestrel_endpoints_gets_a_url_for_each_and_no_others()
    {
        await using var topology = new TestTopology();
        var service = topology.AddService("wallet");

        var environment = await EvaluateAsync(topology, service.Resource);

        Assert.Equal(service.GetEndpoint("http").Url, environment["Kestrel__Endpoints__http__Url"]);
        Assert.Equal(service.GetEndpoint("grpc").Url, environment["Kestrel__Endpoints__grpc__Url"]);
        Assert.False(environment.ContainsKey("ASPNETCORE_URLS"));
        Assert.Equal("Development", environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal("wallet", environment["OTEL_SERVICE_NAME"]);
    }

    [Fact]
    public async Task Reference_to_a_service_hands_over_every_endpoint_by_name()
    {
        await using var topology = new TestTopology();
        var wallet = topology.AddService("wallet");
        var api = topology.AddService("api").WithReference(wallet);

        var environment = await EvaluateAsync(topology, api.Resource);

        Assert.Equal(wallet.GetEndpoint("http").Url, environment["services__wallet__http__0"]);
        Assert.Equal(wallet.GetEndpoint("grpc").Url, environment["services__wallet__grpc__0"]);
    }

    [Fact]
    public async Task Otlp_endpoint_is_handed_over_only_when_the_AppHost_has_one()
    {
        await using var without = new TestTopology();
        await using var with = new TestTopology(null, "--OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317");

        var none = await EvaluateAsync(without, without.AddService("wallet").Resource);
        var some = await EvaluateAsync(with, with.AddService("wallet").Resource);

        Assert.False(none.ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT"));
        Assert.Equal("http://localhost:4317", some["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("grpc", some["OTEL_EXPORTER_OTLP_PROTOCOL"]);
    }

    [Fact]
    public async Task Settings_of_telemetry_that_the_AppHost_was_given_go_on_as_they_are_but_for_who_speaks()
    {
        await using var topology = new TestTopology(
            null,
            "--OTEL_EXPORTER_OTLP_ENDPOINT=https://collector.example",
            "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20abc",
            "--OTEL_METRIC_EXPORT_INTERVAL=60000",
            "--OTEL_TRACES_SAMPLER=parentbased_traceidratio",
            "--OTEL_BSP_SCHEDULE_DELAY=",
            "--OTEL_SERVICE_NAME=keeptrusts",
            "--OTEL_RESOURCE_ATTRIBUTES=deployment.environment=production, service.instance.id=mine,service.namespace=ai");

        var environment = await EvaluateAsync(topology, topology.AddService("wallet").Resource);

        Assert.Equal("http/protobuf", environment["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal("authorization=Basic%20abc", environment["OTEL_EXPORTER_OTLP_HEADERS"]);
        Assert.Equal("60000", environment["OTEL_METRIC_EXPORT_INTERVAL"]);
        Assert.Equal("parentbased_traceidratio", environment["OTEL_TRACES_SAMPLER"]);
        Assert.Equal("1000", environment["OTEL_BSP_SCHEDULE_DELAY"]);
        Assert.Equal("wallet", environment["OTEL_SERVICE_NAME"]);
        Assert.Equal("deployment.environment=production,service.namespace=ai,service.instance.id=wallet-0", environment["OTEL_RESOURCE_ATTRIBUTES"]);
    }

    [Fact]
    public async Task Values_of_every_kind_are_evaluated()
    {
        await using var topology = new TestTopology(null, "--Parameters:amount=5.00");
        var amount = topology.Builder.AddParameter("amount");
        var other = topology.AddService("simulator");
        var service = topology.AddService("routing")
            .WithEnvironment("Text", "plain")
            .WithEnvironment("Amount", amount)
            .WithEnvironment("Both", $"{amount} at {other.GetEndpoint("http")}")
            .WithEnvironment("Url", other.GetEndpoint("http"));

        var environment = await EvaluateAsync(topology, service.Resource);

        Assert.Equal("plain", environment["Text"]);
        Assert.Equal("5.00", environment["Amount"]);
        Assert.Equal($"5.00 at {other.GetEndpoint("http").Url}", environment["Both"]);
        Assert.Equal(other.GetEndpoint("http").Url, environment["Url"]);
    }

    private static Task<IReadOnlyDictionary<string, string>> EvaluateAsync(TestTopology topology, IResource resource)
    {
        using var ports = new PortFile(Path.Combine(topology.Data, "ports"));
        var targets = TargetPorts.Allocate(new Topology([.. topology.Builder.Resources]), ports);
        var environment = new ServiceEnvironment(resource, targets, topology.Builder.Configuration);
        return environment.EvaluateAsync(replica: 0, TestContext.Current.CancellationToken);
    }
}
