using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Platform.IntegrationTests.Telemetry.Otlp;

namespace Platform.IntegrationTests.Telemetry;

/// <summary>One span as the tests look at it; ids in lower-case hex.</summary>
public sealed record CollectedSpan(string Service, string Name, string TraceId, string SpanId, string ParentSpanId, IReadOnlyList<string> LinkedTraceIds);

/// <summary>An OTLP endpoint on loopback that keeps the spans that the platform's processes send it.</summary>
public sealed class SpanCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<CollectedSpan> _spans;

    private SpanCollector(WebApplication app, ConcurrentQueue<CollectedSpan> spans) => (_app, _spans) = (app, spans);

    public IEnumerable<CollectedSpan> Spans => _spans;

    public string Endpoint => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<SpanCollector> StartAsync()
    {
        var spans = new ConcurrentQueue<CollectedSpan>();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(spans);
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<Receiver>();
        await app.StartAsync();
        return new SpanCollector(app, spans);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private sealed class Receiver(ConcurrentQueue<CollectedSpan> spans) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            foreach (var resource in request.ResourceSpans)
            {
                var service = resource.Resource.Attributes.FirstOrDefault(attribute => attribute.Key == "service.name")?.Value.StringValue ?? "";
                foreach (var span in resource.ScopeSpans.SelectMany(scope => scope.Spans))
                {
                    spans.Enqueue(new CollectedSpan(
                        service, span.Name, Hex(span.TraceId), Hex(span.SpanId), Hex(span.ParentSpanId), [.. span.Links.Select(link => Hex(link.TraceId))]));
                }
            }

            return Task.FromResult(new ExportTraceServiceResponse());
        }

        private static string Hex(Google.Protobuf.ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
    }
}
