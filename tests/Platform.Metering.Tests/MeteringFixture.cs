using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;
using Platform.Metering.Intake;
using Platform.Metering.Queries;
using Platform.Metering.Retention;
using Platform.Metering.Teams;
using Platform.Postgres;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>The service's operations on a database of their own. Wallet's answers are fixed: these teams, this currency.</summary>
public sealed class MeteringFixture : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly string _connectionString;

    private MeteringFixture(ServiceProvider services, string connectionString) => (_services, _connectionString) = (services, connectionString);

    internal NpgsqlDataSource Database => Get<NpgsqlDataSource>();

    internal string ConnectionString => _connectionString;

    internal FakeWallet Wallet => Get<FakeWallet>();

    /// <param name="old">Data that version <paramref name="upTo"/> of the schema left, as SQL; the rest of the migrations then runs on it.</param>
    /// <param name="configure">Options, or other services in the place of the usual ones.</param>
    internal static async Task<MeteringFixture> CreateAsync(
        TimeProvider? time = null, string? old = null, int upTo = 0, int retention = 0, Action<IServiceCollection>? configure = null)
    {
        var connectionString = old is null
            ? await TestPostgres.CreateDatabaseAsync("metering", template => MigrateAsync(template, int.MaxValue))
            : await TestPostgres.CreateOldDatabaseAsync("metering", upTo, old, MigrateAsync);
        return Start(connectionString, time, services =>
        {
            services.Configure<RetentionOptions>(options => options.RecordMonths = retention);
            configure?.Invoke(services);
        });
    }

    /// <summary>Another process of the service on the same database: a further replica, or the next one after a restart.</summary>
    internal MeteringFixture Another(TimeProvider? time = null, Action<IServiceCollection>? configure = null) => Start(_connectionString, time, configure);

    private static MeteringFixture Start(string connectionString, TimeProvider? time, Action<IServiceCollection>? configure)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
        services.AddSingleton<Outbox>();
        services.AddSingleton<ITeamSource>(new FixedTeams());
        AddWallet(services, new FakeWallet());
        services.AddMetering();
        configure?.Invoke(services);
        return new MeteringFixture(services.BuildServiceProvider(), connectionString);
    }

    /// <summary>Gives a server the same database, teams and currency.</summary>
    internal void AddTo(IServiceCollection services)
    {
        services.AddSingleton(Get<TimeProvider>());
        services.AddSingleton(Database);
        services.AddSingleton(Get<Outbox>());
        services.AddSingleton(Get<ITeamSource>());
        AddWallet(services, Wallet);
        services.AddMetering();
    }

    internal T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>One of the loops that the service runs; nothing runs here until a test starts it.</summary>
    internal T Hosted<T>()
        where T : BackgroundService => _services.GetServices<IHostedService>().OfType<T>().Single();

    internal async Task<RecordResponse> RecordAsync(params IReadOnlyList<UsageEvent> events) =>
        await Get<RecordUsage>().RunAsync(events, TestContext.Current.CancellationToken);

    /// <summary>What is owed to the broker, in order.</summary>
    internal async Task<List<UsageMetered>> OwedAsync()
    {
        await using var command = Database.CreateCommand("SELECT body FROM outbox ORDER BY outbox_id");
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var owed = new List<UsageMetered>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            owed.Add(JsonSerializer.Deserialize<UsageMetered>(reader.GetString(0))!);
        }

        return owed;
    }

    internal async Task<List<UsageRecord>> StreamAsync(StreamUsageRequest? request = null)
    {
        var records = new List<UsageRecord>();
        await foreach (var record in Get<StreamUsage>().RunAsync(request ?? new StreamUsageRequest(), TestContext.Current.CancellationToken))
        {
            records.Add(record);
        }

        return records;
    }

    internal Task<QuerySpendResponse> QueryAsync(QuerySpendRequest request) =>
        Get<QuerySpend>().RunAsync(request, TestContext.Current.CancellationToken);

    internal async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static void AddWallet(IServiceCollection services, FakeWallet wallet)
    {
        services.AddSingleton(wallet);
        services.AddSingleton<IKeySource>(wallet);
        services.AddSingleton<IBudgetCaps>(wallet);
        services.AddSingleton<ILeaseSource>(wallet);
    }

    private static async Task MigrateAsync(string connectionString, int upTo)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await new Migrator(dataSource, TimeProvider.System).MigrateAsync(typeof(RecordUsage).Assembly, CancellationToken.None, upTo);
    }

    private sealed class FixedTeams : ITeamSource
    {
        public Task<IReadOnlyCollection<KnownTeam>> ReadTeamsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyCollection<KnownTeam>>(
        [
            new("team_support", "Support", "support-owner@example.com"), new("team_search", "Search", ""), new("team_platform", "Platform", ""),
        ]);

        public Task<string> ReadCurrencyAsync(CancellationToken cancellationToken) => Task.FromResult("USD");
    }
}
