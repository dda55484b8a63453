using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Postgres;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Policies;

/// <summary>A database of the routing service, for a test class of its own.</summary>
public abstract class PolicyDatabase : IAsyncLifetime
{
    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly List<ReplicaDirectory> _folders = [];

    private protected NpgsqlDataSource DataSource { get; private set; } = null!;

    private protected string ConnectionString { get; private set; } = "";

    private protected PolicyStore Store => new(DataSource);

    private protected static PolicyCompiler Compiler { get; } = new(new ProviderSecrets(
        new ProviderOptions { Providers = { ["openai"] = new ProviderSettings { BaseUrl = "http://localhost:1/", ApiKey = "sk-test-0123456789" } } }, _ => null, KeysIn("/nowhere")));

    /// <summary>The files of keys of a folder.</summary>
    internal static SecretFiles KeysIn(string directory, ILogger<SecretFiles>? log = null) =>
        new(Options.Create(new SecretFileOptions { Directory = directory }), log ?? NullLogger<SecretFiles>.Instance);

    /// <summary>A replica that is not started.</summary>
    private protected RoutingTableReplica ReplicaOf(
        PolicyCompiler? compiler = null, SecretFiles? keys = null, PolicyOptions? options = null, ILogger<RoutingTableReplica>? log = null)
    {
        var folder = ReplicaDirectory.Take(Directory.CreateTempSubdirectory("kt-policy-").FullName);
        _folders.Add(folder);
        return new RoutingTableReplica(
            Store, compiler ?? Compiler, keys ?? KeysIn("/nowhere"),
            new UnusablePolicyAlert(DataSource, new Outbox(TimeProvider.System), folder, TimeProvider.System, NullLogger<UnusablePolicyAlert>.Instance),
            Options.Create(options ?? new PolicyOptions()), TimeProvider.System, log ?? NullLogger<RoutingTableReplica>.Instance);
    }

    public virtual async ValueTask InitializeAsync()
    {
        ConnectionString = await TestPostgres.CreateDatabaseAsync("routing", async template =>
        {
            await using var empty = NpgsqlDataSource.Create(template);
            await new Migrator(empty, TimeProvider.System).MigrateAsync(typeof(PolicyStore).Assembly, Cancel);
        });
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var folder in _folders)
        {
            folder.Dispose();
            Directory.Delete(Path.GetDirectoryName(folder.Path)!, recursive: true);
        }

        await DataSource.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
