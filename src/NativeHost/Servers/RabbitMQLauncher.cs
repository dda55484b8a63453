using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost.Servers;

/// <summary>
/// Runs RabbitMQ from the distribution's package as a node of its own, with an Erlang port mapper of its own: the machine's shared one
/// would outlive the AppHost and would let two AppHosts meet.
/// </summary>
internal sealed class RabbitMQLauncher(
    RabbitMQServerResource server, DataDirectory data, ProcessGroup processes, int distributionPort, int epmdPort) : Launcher
{
    /// <summary>
    /// More returns of a message than any crash loop makes. From version 4.0 on a quorum queue drops what came back twenty times, in silence, and a message that waits comes back at each start of its
    /// service and each half hour. A policy and no argument of the queue: queues that stand already would refuse another argument, and take a policy at once.
    /// </summary>
    private const string KeepReturned = """{"delivery-limit":1000000000}""";

    private const int PolicyAttempts = 20;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(500);

    private readonly string _programs = ServerPrograms.RabbitMQFolder();
    private readonly string _folder = data.PathOf(server.Name);
    private ManagedProcess? _epmd;

    // What a tool such as rabbitmqctl needs to reach this node; control.env holds it: env $(cat .data/messaging/control.env) rabbitmqctl status
    private Dictionary<string, string> Identity => new()
    {
        ["HOME"] = _folder, // The node's cookie lives here.
        ["RABBITMQ_NODENAME"] = $"kt-{data.Fingerprint}@localhost",
        ["ERL_EPMD_PORT"] = epmdPort.ToString(CultureInfo.InvariantCulture),
    };

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var configuration = $"""
            listeners.tcp.1 = 127.0.0.1:{server.Endpoint.Port}
            default_user = {await server.User.GetValueAsync(cancellationToken)}
            default_pass = {await server.Password.GetValueAsync(cancellationToken)}
            loopback_users = none
            log.file = false
            log.console = true
            log.console.level = warning
            disk_free_limit.absolute = 100MB

            """;
        await File.WriteAllTextAsync(PathOf("rabbitmq.conf"), configuration, cancellationToken);
        await File.WriteAllTextAsync(PathOf("enabled_plugins"), "[].\n", cancellationToken);
        await File.WriteAllLinesAsync(PathOf("control.env"), Identity.Select(v => $"{v.Key}={v.Value}"), cancellationToken);
        if (_epmd is null or { Exited.IsCompleted: true })
        {
            _epmd = processes.Start(server.Name, new ProcessSpec(
                "epmd", ["-port", epmdPort.ToString(CultureInfo.InvariantCulture), "-address", "127.0.0.1"], _folder)
            {
                StopSignal = StopSignal.Kill, // It holds nothing, and refuses to go while a node is registered.
            });
        }
    }

    public override Task<ProcessSpec> DescribeAsync(int replica, CancellationToken cancellationToken) =>
        Task.FromResult(new ProcessSpec(Path.Combine(_programs, "rabbitmq-server"), [], _folder)
        {
            StopTimeout = TimeSpan.FromSeconds(15),
            Environment = new Dictionary<string, string>(Identity)
            {
                ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_DIST_PORT"] = distributionPort.ToString(CultureInfo.InvariantCulture),
                ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_MNESIA_BASE"] = PathOf("mnesia"),
                ["RABBITMQ_LOG_BASE"] = PathOf("log"),
                ["RABBITMQ_CONFIG_FILE"] = PathOf("rabbitmq.conf"),
                ["RABBITMQ_CONF_ENV_FILE"] = PathOf("rabbitmq-env.conf"),
                ["RABBITMQ_ADVANCED_CONFIG_FILE"] = PathOf("advanced.config"),
                ["RABBITMQ_ENABLED_PLUGINS_FILE"] = PathOf("enabled_plugins"),
                ["RABBITMQ_LOG"] = "warning,-color",
                ["RABBITMQ_ALLOW_INPUT"] = "1", // Lets the script become the Erlang machine instead of a parent that a kill would leave it without.
                ["RABBITMQ_SERVER_START_ARGS"] = "-noinput -start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",

                // Erlang's schedulers wait for work by spinning, on processors that they share with everything else here (https://www.rabbitmq.com/docs/runtime#busy-waiting).
                ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+sbwt none +sbwtdcpu none +sbwtdio none",
            },
        });

    /// <summary>
    /// The listener opens last in the broker's start, so a connection means that it serves. Nothing is sent: the broker passes over such a
    /// connection in silence, but complains about one that begins the protocol and leaves.
    /// </summary>
    public override async Task<Probe> ProbeAsync(int replica, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ProgramLauncher.AnswerLimit);
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, server.Endpoint.Port, limit.Token);
            return Probe.Healthy;
        }
        catch (SocketException exception)
        {
            return new Probe($"RabbitMQ does not answer on port {server.Endpoint.Port}: {exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Probe($"RabbitMQ does not answer within {ProgramLauncher.AnswerLimit.TotalSeconds:0} s"); // Not called silent: see decision 0118.
        }
    }

    /// <summary>Before any service is there that could return a message. The listener opens a moment before the broker counts as started, and until then it refuses to be told anything.</summary>
    public override async Task BecameHealthyAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SetPolicyAsync(cancellationToken);
                return;
            }
            catch (DistributedApplicationException) when (attempt < PolicyAttempts)
            {
                await Task.Delay(BetweenAttempts, cancellationToken);
            }
        }
    }

    public override async Task StoppedAsync()
    {
        if (Interlocked.Exchange(ref _epmd, null) is { } epmd)
        {
            await epmd.DisposeAsync();
        }
    }

    private Task SetPolicyAsync(CancellationToken cancellationToken) => processes.RunToEndAsync(
        server.Name,
        new ProcessSpec(Path.Combine(_programs, "rabbitmqctl"), ["--quiet", "set_policy", "keep-returned", "", KeepReturned, "--apply-to", "queues"], _folder)
        {
            Environment = new Dictionary<string, string>(Identity) { ["RABBITMQ_CONF_ENV_FILE"] = PathOf("rabbitmq-env.conf") },
        },
        cancellationToken);

    private string PathOf(string name) => Path.Combine(_folder, name);
}
