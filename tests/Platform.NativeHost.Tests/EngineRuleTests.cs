using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost.Tests;

public sealed class EngineRuleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keeptrusts-rules-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ports_are_kept_from_one_start_to_the_next()
    {
        var path = Path.Combine(_folder, "ports");
        using var first = new PortFile(path);
        var wallet = first.Take("wallet/http");
        var metering = first.Take("metering/http");
        first.Save();
        first.Dispose();

        using var second = new PortFile(path);

        Assert.NotEqual(wallet, metering);
        Assert.Equal(wallet, second.Take("wallet/http"));
        Assert.Equal(metering, second.Take("metering/http"));
    }

    [Fact]
    public void Ports_that_are_as_before_are_not_written_again()
    {
        var path = Path.Combine(_folder, "ports");
        using var first = new PortFile(path);
        first.Take("wallet/http");
        first.Save();
        first.Dispose();
        var longAgo = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, longAgo);

        using var second = new PortFile(path);
        second.Take("wallet/http");
        second.Save();
        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(path));

        var kept = File.ReadAllText(path);
        Directory.CreateDirectory(path + ".new"); // What is written beside finds no place.
        second.Take("metering/http");
        Assert.Throws<UnauthorizedAccessException>(second.Save);
        Assert.Equal(kept, File.ReadAllText(path));
    }

    [Fact]
    public void Port_that_somebody_took_meanwhile_is_chosen_again()
    {
        var path = Path.Combine(_folder, "ports");
        using var first = new PortFile(path);
        var port = first.Take("wallet/http");
        first.Save();
        first.Dispose();
        using var taker = new TcpListener(IPAddress.Loopback, port);
        taker.Start();

        using var second = new PortFile(path);

        Assert.NotEqual(port, second.Take("wallet/http"));
    }

    [Fact]
    public void Hosts_that_start_at_once_never_choose_the_same_port()
    {
        var hosts = Enumerable.Range(0, 40).Select(i => new PortFile(Path.Combine(_folder, $"ports-{i}"))).ToList();
        var ports = hosts.SelectMany(host => Enumerable.Range(0, 20).Select(i => host.Take($"service-{i}/http"))).ToList();
        Assert.Equal(ports.Count, ports.Distinct().Count());
        hosts.ForEach(host => host.Dispose());
    }

    [Fact]
    public void Back_off_doubles_to_thirty_seconds_and_begins_anew_after_a_stable_minute()
    {
        var backOff = new RestartBackOff();
        var delays = Enumerable.Range(0, 9).Select(_ => backOff.NextDelay(ran: TimeSpan.FromSeconds(1)).TotalSeconds);

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 30, 30, 30], delays);
        Assert.Equal(0.5, backOff.NextDelay(ran: TimeSpan.FromSeconds(60)).TotalSeconds);
    }

    [Fact]
    public async Task Resources_that_wait_in_a_circle_are_refused_with_their_names()
    {
        await using var topology = new TestTopology();
        var first = topology.Builder.AddExecutable("first", "true", "/");
        var second = topology.Builder.AddExecutable("second", "true", "/").WaitFor(first);
        first.WaitFor(second);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(topology.StartAsync);

        Assert.Contains("first waits for second waits for first", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_host_on_the_same_data_is_refused_in_one_line()
    {
        await using var first = new TestTopology();
        await first.StartAsync();
        await using var second = new TestTopology(first.Data);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(second.StartAsync);

        Assert.StartsWith($"another AppHost runs on {first.Data}", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.True(File.Exists(Path.Combine(first.Data, "run", "pid")));
    }

    [Fact]
    public async Task Password_of_a_server_that_is_another_one_than_its_data_were_made_with_is_refused_and_the_kept_one_stays()
    {
        await using var topology = new TestTopology(null, "--Parameters:postgres-password=another");
        topology.Builder.AddPostgres("postgres");
        var parameters = Path.Combine(Directory.CreateDirectory(Path.Combine(topology.Data, "run")).FullName, "parameters");
        await File.WriteAllTextAsync(parameters, "postgres-password=first\n", TestContext.Current.CancellationToken);

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(topology.StartAsync);

        Assert.Equal(
            $"Parameters:postgres-password is another password than the one that the data of postgres were made with, which {parameters} keeps: leave it out; "
            + "to change it, change it in the server first, then in that file.",
            exception.Message);
        Assert.Equal("postgres-password=first\n", await File.ReadAllTextAsync(parameters, TestContext.Current.CancellationToken));
    }
}
