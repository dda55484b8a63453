using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.AppHost;
using Platform.NativeHost;

namespace Platform.Benchmarks;

/// <summary>A part of the platform as processes of its own.</summary>
internal static class RunningServices
{
    private const string OwnerToken = "benchownertoken0000000000000000000000000000";
    private const string ServiceToken = "benchservicetoken00000000000000000000000000";

    /// <summary>The token of a gateway, on every call.</summary>
    public static Metadata Gateway { get; } = new() { { "authorization", $"Bearer kt_live_{ServiceToken}" } };

    /// <summary>The token of somebody who may do everything.</summary>
    public static Metadata Owner { get; } = new() { { "authorization", $"Bearer kt_live_{OwnerToken}" } };

    /// <summary>Starts the two servers and these services, and waits until they are healthy.</summary>
    public static async Task<DistributedApplication> StartAsync(string[] services, CancellationToken cancellationToken)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [
                $"--Parameters:{ResourceNames.OwnerToken}={OwnerToken}", $"--Parameters:{ResourceNames.ServiceToken}={ServiceToken}",
                $"--NativeHost:Only={string.Join(',', [ResourceNames.Postgres, ResourceNames.Messaging, .. services])}",
            ],
            cancellationToken);
        var app = await builder.BuildAsync(cancellationToken);
        await app.StartAsync(cancellationToken);
        foreach (var service in services)
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(service, cancellationToken);
        }

        return app;
    }

    /// <summary>Connections to a service, as several callers' processes would have.</summary>
    public static GrpcChannel[] Connect(DistributedApplication app, string service, int channels) =>
        Enumerable.Range(0, channels).Select(_ => GrpcChannel.ForAddress(
            app.GetEndpoint(service, ResourceNames.GrpcEndpoint),
            new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true } })).ToArray();

    /// <summary>Processor time that a service, or a server, has used so far with all below it, in seconds.</summary>
    public static double ProcessorSeconds(DistributedApplication app, string name) => NativeProcesses.Of(app, name).Sum(ProcessTree.ProcessorSeconds);
}
