using System.Diagnostics;
using Aspire.Hosting;
using Npgsql;
using Platform.NativeHost.Engine;
using Platform.NativeHost.Servers;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

/// <summary>The engine in a process of its own, with PostgreSQL, RabbitMQ, a service and a child that ignores signals.</summary>
public sealed class WholeHostTests : IAsyncLifetime
{
    private readonly string _data = TestRun.NewDataDirectory();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await NothingIsLeftAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Host_that_is_asked_to_end_leaves_no_process_and_keeps_its_data(string signal)
    {
        string[] ports;
        await using (var first = new HostProcess(_data))
        {
            await first.ReadyAsync();
            await ExecuteAsync("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)");
            Assert.Equal("on", await ExecuteAsync("SHOW fsync"));
            ports = await File.ReadAllLinesAsync(Path.Combine(_data, "run", "endpoints"), TestContext.Current.CancellationToken);

            Assert.Equal(0, await first.SignalAsync(signal));
        }

        Assert.Empty(HostProcess.Naming(_data));
        Assert.False(File.Exists(Path.Combine(_data, "run", "ready")));

        await using var second = new HostProcess(_data);
        await second.ReadyAsync();
        Assert.Equal(ports, await File.ReadAllLinesAsync(Path.Combine(_data, "run", "endpoints"), TestContext.Current.CancellationToken));
        Assert.Equal(7, await ExecuteAsync("SELECT id FROM kept"));
        Assert.Equal(0, await second.SignalAsync(signal));
    }

    [Fact]
    public async Task Host_that_is_killed_leaves_no_process_and_starts_again_with_a_broker_that_keeps_what_is_returned()
    {
        await using (var first = new HostProcess(_data))
        {
            await first.ReadyAsync();
            var started = HostProcess.Naming(_data);
            foreach (var program in new[] { "beam.smp", "epmd", "erl_child_setup", "bin/postgres", "TestService", "sleep 1000", "keeptrusts-watcher" })
            {
                Assert.Contains(started, process => process.Contains(program, StringComparison.Ordinal));
            }

            await ExecuteAsync("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)");
            Assert.Equal("undefined", await QueueOfBeforeAsync());
            first.Kill();
            await first.EndAsync();
        }

        await NothingIsLeftAsync();

        await using var second = new HostProcess(_data);
        await second.ReadyAsync();
        Assert.Equal(7, await ExecuteAsync("SELECT id FROM kept"));
        Assert.Equal("1000000000", await DeliveryLimitAsync());
        Assert.Equal(0, await second.SignalAsync("TERM"));
    }

    /// <summary>As on a busy machine: the broker listens, and does not count as started yet when it is told the policy.</summary>
    [Fact]
    public async Task Broker_that_listens_before_it_has_started_is_told_again()
    {
        var programs = Directory.CreateDirectory(Path.Combine(_data, "programs")).FullName;
        Script("rabbitmq-server", """exec /usr/lib/rabbitmq/bin/rabbitmq-server "$@" """);
        Script("rabbitmqctl", $"""
            real=/usr/lib/rabbitmq/bin/rabbitmqctl
            [ ! -e "{programs}/refused" ] || exec $real "$@"
            $real --quiet stop_app
            $real "$@" >"{programs}/refused" 2>&1
            code=$?
            $real --quiet start_app
            exit $code
            """);
        await using var host = new HostProcess(_data, (ServerPrograms.RabbitMQVariable, programs));

        await host.ReadyAsync();

        Assert.Contains("requires the 'rabbit' app to be running", await File.ReadAllTextAsync(Path.Combine(programs, "refused"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("true", await EvaluateAsync("""rabbit_policy:lookup(<<"/">>, <<"keep-returned">>) =/= not_found"""));
        Assert.Equal(0, await host.SignalAsync("TERM"));

        void Script(string name, string text)
        {
            var file = Path.Combine(programs, name);
            File.WriteAllText(file, $"#!/bin/sh\n{text}\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData("KEEPTRUSTS_POSTGRES_BIN", "AppHost: PostgreSQL is not installed: apt-get install postgresql")]
    [InlineData("KEEPTRUSTS_RABBITMQ_BIN", "AppHost: RabbitMQ is not installed: apt-get install rabbitmq-server")]
    public async Task Host_without_a_server_names_the_package_in_one_line(string variable, string message)
    {
        await using var host = new HostProcess(_data, (variable, "/nowhere"));

        Assert.Equal(1, await host.EndAsync());
        Directory.CreateDirectory(_data);

        Assert.Equal([message], host.Output.Where(line => line.Length > 0));
    }

    /// <summary>Makes a queue as it was before there was a policy, and answers its limit.</summary>
    private async Task<string> QueueOfBeforeAsync()
    {
        Assert.Equal("ok", await EvaluateAsync("""
            rabbit_policy:delete(<<"/">>, <<"keep-returned">>, <<"tests">>),
            rabbit_amqqueue:declare(Name, true, false, [{<<"x-queue-type">>, longstr, <<"quorum">>}], none, <<"tests">>), ok
            """));
        return await DeliveryLimitAsync();
    }

    /// <summary>How often the broker takes that queue's messages back, by its policies.</summary>
    private Task<string> DeliveryLimitAsync() => EvaluateAsync("""{ok, Queue} = rabbit_amqqueue:lookup(Name), rabbit_policy:get(<<"delivery-limit">>, Queue)""");

    private Task<string> EvaluateAsync(string expression) =>
        TestRabbit.EvaluateAsync(Path.Combine(_data, "messaging", "control.env"), $"""Name = rabbit_misc:r(<<"/">>, queue, <<"kept">>), {expression}.""");

    private Task NothingIsLeftAsync() => Eventually.TrueAsync(
        () => Task.FromResult(HostProcess.Naming(_data).Count == 0), TimeSpan.FromSeconds(20), $"no process to name {_data}");

    private async Task<object?> ExecuteAsync(string sql)
    {
        var parameters = await File.ReadAllLinesAsync(Path.Combine(_data, "run", "parameters"), TestContext.Current.CancellationToken);
        var endpoints = await File.ReadAllLinesAsync(Path.Combine(_data, "run", "endpoints"), TestContext.Current.CancellationToken);
        var server = new Uri(endpoints.Single(line => line.StartsWith("postgres ", StringComparison.Ordinal)).Split(' ')[2]);
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = server.Host,
            Port = server.Port,
            Username = "postgres",
            Password = parameters.Single(line => line.StartsWith("postgres-password=", StringComparison.Ordinal))["postgres-password=".Length..],
            Database = "seconddb",
            Pooling = false,
        }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
