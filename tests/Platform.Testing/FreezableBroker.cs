using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Platform.NativeHost;

namespace Platform.Testing;

/// <summary>
/// A broker of one test's own that can be frozen: its process stands still, while its connections stay open and the machine goes on accepting new ones, as with a disk that hangs. The tests'
/// common broker must not be, since all the others wait for it.
/// </summary>
public sealed class FreezableBroker : IAsyncDisposable
{
    private readonly DistributedApplication _app;

    private FreezableBroker(DistributedApplication app, Uri address) => (_app, Address) = (app, address);

    /// <summary>Its AMQP URI with user and password.</summary>
    public Uri Address { get; }

    public static async Task<FreezableBroker> StartAsync()
    {
        var (app, connectionString, _) = await TestServers.StartAsync(builder => builder.AddRabbitMQ("messaging"), "messaging");
        return new FreezableBroker(app, new Uri(connectionString));
    }

    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        await ThawAsync();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task SignalAsync(string signal)
    {
        var broker = NativeProcesses.Of(_app, "messaging").Single();
        using var kill = Process.Start("kill", [$"-{signal}", broker.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
