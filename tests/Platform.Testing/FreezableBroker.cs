using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Platform.NativeHost;

namespace Platform.Testing;

/// <summary>
/// A broker of one test's own that can be frozen: its process stands still, while its connections stay open and the machine goes on accepting new ones, as with a disk that hangs; or that takes small messages
/// only. The tests' common broker must not be, since all the others wait for it.
/// </summary>
public sealed class FreezableBroker : IAsyncDisposable
{
    private readonly DistributedApplication _app;
    private readonly string _controlFile;

    private FreezableBroker(DistributedApplication app, Uri address, string controlFile) => (_app, Address, _controlFile) = (app, address, controlFile);

    /// <summary>Its AMQP URI with user and password.</summary>
    public Uri Address { get; }

    public static async Task<FreezableBroker> StartAsync()
    {
        var (app, connectionString, data) = await TestServers.StartAsync(builder => builder.AddRabbitMQ("messaging"), "messaging");
        return new FreezableBroker(app, new Uri(connectionString), Path.Combine(data, "messaging", "control.env"));
    }

    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>Channels that are opened from now on take no larger messages, as by max_message_size in rabbitmq.conf; newer brokers keep it in another place than older ones.</summary>
    public Task LimitMessagesAsync(int bytes) => TestRabbit.EvaluateAsync(
        _controlFile, $"application:set_env(rabbit, max_message_size, {bytes.ToString(CultureInfo.InvariantCulture)}), persistent_term:put(max_message_size, {bytes.ToString(CultureInfo.InvariantCulture)}).");

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
