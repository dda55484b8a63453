using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>A stream that is written to when its call is over: its caller's end is no fault of the service, and nobody is to be called for it.</summary>
public sealed class EndedCallTests : IAsyncLifetime
{
    private readonly KeptLog _log = new();
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Logging.AddProvider(_log);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IKeyDirectory>(new RolesByName());
        builder.Services.AddPlatformGrpc();
        _app = builder.Build();
        _app.UsePlatformGrpc();
        _app.MapGrpcService<LatePrices>();
        await _app.StartAsync(Cancel);
        _channel = GrpcChannel.ForAddress(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }

    [Theory(Timeout = 300_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_that_ends_before_its_stream_is_no_fault(bool atDeadline)
    {
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var options = RolesByName.As(Role.Gateway, caller.Token);
        using var watching = new Contracts.Metering.V1.Prices.PricesClient(_channel).WatchPrices(new WatchPricesRequest(), atDeadline ? options.WithDeadline(TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(2)) : options);
        Assert.True(await watching.ResponseStream.MoveNext(Cancel));
        if (!atDeadline)
        {
            await caller.CancelAsync();
        }

        var ended = await Assert.ThrowsAsync<RpcException>(() => watching.ResponseStream.MoveNext(Cancel));
        Assert.Equal(atDeadline ? StatusCode.DeadlineExceeded : StatusCode.Cancelled, ended.StatusCode);

        // Which waits for the stream's own end.
        await _app.StopAsync(Cancel);
        Assert.True(_log.Errors == 0, string.Join('\n', _log.Lines));
    }

    [Fact(Timeout = 300_000)]
    public async Task Failure_of_a_call_that_is_not_over_is_told()
    {
        var failed = await Assert.ThrowsAsync<RpcException>(() => new Contracts.Metering.V1.Prices.PricesClient(_channel).ListPricesAsync(new ListPricesRequest(), RolesByName.As(Role.Gateway, Cancel)).ResponseAsync);
        Assert.Equal(StatusCode.Internal, failed.StatusCode);
        Assert.Contains("/platform.metering.v1.Prices/ListPrices failed.", _log.Lines);
    }

    [Fact(Timeout = 300_000)]
    public async Task Service_that_is_not_reached_is_told_with_its_cause()
    {
        var failed = await Assert.ThrowsAsync<RpcException>(() => new Contracts.Metering.V1.Prices.PricesClient(_channel).SetPriceAsync(new SetPriceRequest(), RolesByName.As(Role.Gateway, Cancel)).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, failed.StatusCode);
        Assert.Contains("/platform.metering.v1.Prices/SetPrice failed on another service: Unavailable.", _log.Lines);
    }

    /// <summary>Writes once more when the call is over, as one does who is just about to write when it ends.</summary>
    private sealed class LatePrices : Contracts.Metering.V1.Prices.PricesBase
    {
        [RequireRole(Role.Gateway)]
        public override async Task WatchPrices(WatchPricesRequest request, IServerStreamWriter<PriceBook> responseStream, ServerCallContext context)
        {
            await responseStream.WriteAsync(new PriceBook(), context.CancellationToken);
            await Task.Delay(Timeout.Infinite, context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await responseStream.WriteAsync(new PriceBook(), CancellationToken.None);
        }

        [RequireRole(Role.Gateway)]
        public override Task<ListPricesResponse> ListPrices(ListPricesRequest request, ServerCallContext context) => throw new InvalidOperationException("A bug.");

        /// <summary>Asks another service, which is not there.</summary>
        [RequireRole(Role.Gateway)]
        public override async Task<PriceRow> SetPrice(SetPriceRequest request, ServerCallContext context)
        {
            using var nowhere = GrpcChannel.ForAddress("http://127.0.0.1:1");
            return await new Contracts.Metering.V1.Prices.PricesClient(nowhere).SetPriceAsync(request, cancellationToken: context.CancellationToken);
        }
    }
}
