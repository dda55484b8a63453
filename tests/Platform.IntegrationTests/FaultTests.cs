using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Platform.AppHost;
using Platform.NativeHost;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>Processes die in the middle of the routine; nothing is lost and nothing counts twice.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private RunningPlatform? _platform;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RunningPlatform Platform => _platform!;

    public async ValueTask InitializeAsync()
    {
        // An empty broker under load: calls come as soon as the gateway listens, while other services still start.
        _platform = await RunningPlatform.StartAsync(Cancel, waitUntilHealthy: false, settings: RunningPlatform.OwnBroker);
    }

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }
    }

    [Fact]
    public async Task Killing_services_one_after_another_under_load_from_an_empty_broker_loses_and_doubles_nothing()
    {
        await Platform.App.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Api, Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        await Seed.FundSupportAsync(Platform, Cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CallUntilAsync(stop.Token)));
        await Platform.WaitUntilHealthyAsync(Cancel);
        foreach (var victim in new[] { ResourceNames.Metering, ResourceNames.Wallet, ResourceNames.Forecast })
        {
            await KillAsync(victim);
        }

        await SlowProvider.BeginAsync(Platform, Cancel);
        using (await OpenStreamAsync())
        {
            await KillAsync(ResourceNames.Routing);
        }

        await SlowProvider.EndAsync(Platform, Cancel);
        await stop.CancelAsync();
        var succeeded = (await load).Sum();
        Assert.True(succeeded > 20, $"Only {succeeded} calls succeeded, too few to prove anything.");

        // What the killed gateway had in flight waits in suspense for an operator, who settles it by the provider's bill.
        await Suspense.SettleAsync(Platform, Cancel, atLeast: 1);
        await Reconciliation.AssertEqualAsync(Platform, Cancel);
    }

    /// <summary>An answer that is still being given when the gateway is killed: nobody knows its usage.</summary>
    private async Task<HttpResponseMessage> OpenStreamAsync()
    {
        using var request = Chat.Request("gpt-4o-mini", "a long story", stream: true);
        var response = await Platform.Gateway.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        var body = await response.Content.ReadAsStreamAsync(Cancel);
        Assert.True(await body.ReadAsync(new byte[64], Cancel) > 0);
        return response;
    }

    /// <summary>kill -9, then waits until the engine has started it again and it is healthy.</summary>
    private async Task KillAsync(string resource)
    {
        var before = NativeProcesses.Of(Platform.App, resource);
        foreach (var pid in before)
        {
            Process.GetProcessById(pid).Kill();
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(NativeProcesses.Of(Platform.App, resource) is { Count: > 0 } now && !now.Intersect(before).Any()),
            TimeSpan.FromSeconds(30),
            $"{resource} to be started again");
        await Platform.App.ResourceNotifications.WaitForResourceHealthyAsync(resource, Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
    }

    private async Task<int> CallUntilAsync(CancellationToken stop)
    {
        var succeeded = 0;
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            try
            {
                var (status, _, _) = await Chat.CallAsync(Platform.Gateway, CancellationToken.None, stream: i % 2 == 0);
                succeeded += status == HttpStatusCode.OK ? 1 : 0;
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException)
            {
                // The gateway is one of those that are killed.
            }
            catch (IOException)
            {
                // Likewise, in the middle of an answer.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        }

        return succeeded;
    }
}
