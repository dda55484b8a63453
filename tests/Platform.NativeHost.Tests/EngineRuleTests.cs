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
    public async Task Names_of_the_only_resources_are_taken_with_blanks_and_in_any_case_and_unknown_ones_are_refused_with_those_that_there_are()
    {
        await using var mistyped = new TestTopology(null, "--NativeHost:Only=first,postgress, one", "--Parameters:one=1");
        mistyped.Builder.AddExecutable("first", "true", "/");
        mistyped.Builder.AddExecutable("second", "true", "/");
        mistyped.Builder.AddParameter("one");

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(mistyped.StartAsync);

        Assert.Equal("NativeHost:Only names 'postgress', 'one', which cannot be started by that name. Names: first, second.", exception.Message);
        Assert.Equal(["second"], new Topology([.. mistyped.Builder.Resources], " Second ,").Processes.Select(r => r.Name));
        Assert.Equal(["first", "second"], new Topology([.. mistyped.Builder.Resources], "").Processes.Select(r => r.Name));
    }

    [Theory]
    [InlineData("run")] // No folder can be made.
    [InlineData("run/lock")]
    [InlineData("run/pid")] // What comes after the lock.
    public void Data_folder_that_cannot_be_written_is_told_as_such_and_not_as_anothers(string blocked)
    {
        var path = Path.Combine(_folder, blocked);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var data = new DataDirectory(_folder);
        if (blocked == "run")
        {
            File.WriteAllText(path, "");
        }
        else
        {
            Directory.CreateDirectory(path);
        }

        var exception = Assert.Throws<DistributedApplicationException>(data.Claim);

        Assert.StartsWith($"the data folder {_folder} cannot be written: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(" Mend that, or choose another folder with --data DIR", exception.Message, StringComparison.Ordinal);
        if (blocked == "run")
        {
            File.Delete(path);
        }
        else
        {
            Directory.Delete(path);
        }

        data.Claim().Dispose(); // Nothing is left that would hold it.
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
