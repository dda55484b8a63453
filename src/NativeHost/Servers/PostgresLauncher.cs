using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost.Servers;

/// <summary>Runs PostgreSQL from the distribution's package, in a cluster of its own.</summary>
internal sealed class PostgresLauncher(
    PostgresServerResource server,
    DataDirectory data,
    LogStream logs,
    ProcessGroup processes,
    ResourceNotificationService notifications,
    IConfiguration configuration) : Launcher
{
    /// <summary>Configuration, for tests alone: with <c>off</c> no commit waits for the disk; one is lost if the machine loses its power, and none if the server is killed (docs/decisions/0256). Each start says so. <c>on</c> without it.</summary>
    public const string FsyncKey = "NativeHost:Fsync";

    /// <summary>For tests as well: each database is looked through for dead rows once in that time, by a process of its own, and tests have many hundreds of databases that live for seconds.</summary>
    private const string SeldomVacuumed = "autovacuum_naptime=1h";

    /// <summary>
    /// A backend keeps up to 16 MiB of heap between two statements (mallopt(3)). By default the C library gives back all but 128 KiB and asks for it again with the next batch: a tenth of what
    /// the database's part of a hold costs went into pages that the kernel had to clear.
    /// </summary>
    private static readonly Dictionary<string, string> KeepHeap = new()
    {
        ["MALLOC_TRIM_THRESHOLD_"] = "16777216", ["MALLOC_MMAP_THRESHOLD_"] = "4194304", ["MALLOC_TOP_PAD_"] = "262144",
    };

    private readonly ServerFolder _folder = ServerFolder.ForPostgres(data, server, logs.Say);
    private string? _programFolder;

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await _folder.CreateAsync(processes, server.Name, cancellationToken);
        if (File.Exists(Path.Combine(_folder.Path, "PG_VERSION")))
        {
            return;
        }

        // Made beside and renamed: a start that is killed half-way through leaves no half cluster.
        var unfinished = new ServerFolder(_folder.Path + ".new", _folder.User);
        if (Directory.Exists(unfinished.Path))
        {
            Directory.Delete(unfinished.Path, recursive: true);
        }

        await unfinished.CreateAsync(processes, server.Name, cancellationToken);
        await processes.RunToEndAsync(server.Name, await InitDbAsync(unfinished.Path, cancellationToken), cancellationToken);
        Directory.Delete(_folder.Path);
        Directory.Move(unfinished.Path, _folder.Path);
    }

    /// <exception cref="DistributedApplicationException"><see cref="FsyncKey"/> is neither on nor off.</exception>
    public override Task<ProcessSpec> DescribeAsync(int replica, CancellationToken cancellationToken)
    {
        var fsync = Fsync();
        if (fsync == "off")
        {
            logs.Say($"{server.Name} does not wait for the disk ({FsyncKey}=off, for tests alone): what is committed is lost if the machine loses its power.");
        }

        string[] settings =
        [
            "listen_addresses=localhost",
            $"port={Port}",
            "unix_socket_directories=",
            "max_connections=300",
            "shared_buffers=128MB",
            "max_wal_size=1GB",
            "min_wal_size=1GB", // Files of the log are kept for the next busy hour: no commit gets through while one is made and filled, for tens of milliseconds.
            "log_min_messages=warning",
            "timezone=UTC",
            $"fsync={fsync}",
            .. fsync == "off" ? [SeldomVacuumed] : Array.Empty<string>(),
        ];
        return Task.FromResult(new ProcessSpec(
            Path.Combine(Programs, "postgres"), ["-D", _folder.Path, .. settings.SelectMany(s => new[] { "-c", s })], "/")
        {
            User = _folder.User,
            Environment = KeepHeap,
            StopSignal = StopSignal.Interrupt, // "Fast" shutdown: ends sessions, keeps everything committed.
        });
    }

    public override async Task<Probe> ProbeAsync(int replica, CancellationToken cancellationToken)
    {
        await using var probe = processes.Start(
            server.Name,
            new ProcessSpec(Path.Combine(Programs, "pg_isready"), ["--quiet", "-h", "localhost", "-p", Port, "-t", $"{ProgramLauncher.AnswerLimit.TotalSeconds:0}"], "/"));
        return await probe.Exited.WaitAsync(cancellationToken) == 0 ? Probe.Healthy : new Probe($"PostgreSQL does not answer on port {Port}");
    }

    public override async Task BecameHealthyAsync(CancellationToken cancellationToken)
    {
        if (server.Databases.Count > 0)
        {
            await CreateDatabasesAsync(cancellationToken);
        }

        foreach (var database in server.Databases)
        {
            notifications.Publish(database.Name, new ResourceSnapshot(KnownResourceStates.Running, IsHealthy: true));
        }
    }

    private string Fsync() => configuration[FsyncKey] switch
    {
        null or "" or "on" => "on",
        "off" => "off",
        var other => throw new DistributedApplicationException($"{FsyncKey} must be on or off; it is '{other}'."),
    };

    private string Programs => _programFolder ??= ServerPrograms.PostgresFolder(_folder.Path);

    private string Port => server.Endpoint.Port.ToString(CultureInfo.InvariantCulture);

    private async Task<ProcessSpec> InitDbAsync(string folder, CancellationToken cancellationToken)
    {
        var user = await server.User.GetValueAsync(cancellationToken);
        var password = await server.Password.GetValueAsync(cancellationToken);

        // The password goes in by the environment: an argument would be readable in the process list, a file would have to change owner.
        const string script = "exec \"$0\" -D \"$1\" -U \"$2\" --pwfile=<(printf '%s\\n' \"$KT_PASSWORD\") --auth=scram-sha-256 --encoding=UTF8 --no-locale >/dev/null";
        return new ProcessSpec("bash", ["-c", script, Path.Combine(Programs, "initdb"), folder, user!], "/")
        {
            User = _folder.User,
            Environment = new Dictionary<string, string> { ["KT_PASSWORD"] = password! },
        };
    }

    private async Task CreateDatabasesAsync(CancellationToken cancellationToken)
    {
        var args = new List<string> { "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-h", "localhost", "-p", Port, "-d", "postgres" };
        args.AddRange(["-U", (await server.User.GetValueAsync(cancellationToken))!]);
        var sql = string.Join('\n', server.Databases.Select(CreateIfMissing)) + "\n";
        args.AddRange(["-f", await WriteSqlAsync(sql, cancellationToken)]);
        await processes.RunToEndAsync(
            server.Name,
            new ProcessSpec(Path.Combine(Programs, "psql"), args, "/")
            {
                Environment = new Dictionary<string, string> { ["PGPASSWORD"] = (await server.Password.GetValueAsync(cancellationToken))! },
            },
            cancellationToken);
    }

    private async Task<string> WriteSqlAsync(string sql, CancellationToken cancellationToken)
    {
        var path = Path.Combine(data.Run, $"{server.Name}.databases.sql");
        await File.WriteAllTextAsync(path, sql, cancellationToken);
        return path;
    }

    private static string CreateIfMissing(PostgresDatabaseResource database)
    {
        var literal = database.DatabaseName.Replace("'", "''", StringComparison.Ordinal);
        return $@"SELECT format('CREATE DATABASE %I', '{literal}') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{literal}') \gexec";
    }
}
