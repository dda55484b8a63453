using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;
using Platform.Metering.Intake;
using Platform.Metering.Queries;
using Platform.Metering.Teams;
using Platform.Postgres;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>The service's operations on a database of their own. Wallet's answers are fixed: these teams, this currency.</summary>
public sealed class MeteringFixture : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly string _connectionString;

    private MeteringFixture(string connectionString, TimeProvider time, FakeWallet wallet)
    {
        _connectionString = connectionString;
        _services = Build(connectionString, time, wallet);
    }

    internal NpgsqlDataSource Database => Get<NpgsqlDataSource>();

    internal FakeWallet Wallet => Get<FakeWallet>();

    internal static async Task<MeteringFixture> CreateAsync(TimeProvider? time = null) =>
        new(await TestPostgres.CreateDatabaseAsync("metering", MigrateAsync), time ?? TimeProvider.System, new FakeWallet());

    /// <summary>Another process of the service on the same database.</summary>
    internal MeteringFixture CreateReplica() => new(_connectionString, Get<TimeProvider>(), Wallet);

    /// <summary>Gives a server the same database, teams and currency.</summary>
    internal void AddTo(IServiceCollection services)
    {
        services.AddSingleton(Get<TimeProvider>());
        services.AddSingleton(Database);
        services.AddSingleton(Get<Outbox>());
        services.AddSingleton(Get<ITeamSource>());
        services.AddSingleton(Get<IKeySource>());
        services.AddSingleton(Get<IBudgetCaps>());
        services.AddMetering();
    }

    internal T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    internal async Task<RecordResponse> RecordAsync(params IReadOnlyList<UsageEvent> events) =>
        await Get<RecordUsage>().RunAsync(events, TestContext.Current.CancellationToken);

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

    private static ServiceProvider Build(string connectionString, TimeProvider time, FakeWallet wallet)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton(time);
        services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
        services.AddSingleton<Outbox>();
        services.AddSingleton<ITeamSource>(new FixedTeams());
        services.AddSingleton(wallet);
        services.AddSingleton<IKeySource>(wallet);
        services.AddSingleton<IBudgetCaps>(wallet);
        services.AddMetering();
        return services.BuildServiceProvider();
    }

    private static async Task MigrateAsync(string connectionString)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await new Migrator(dataSource, TimeProvider.System).MigrateAsync(typeof(RecordUsage).Assembly, CancellationToken.None);
    }

    private sealed class FixedTeams : ITeamSource
    {
        public Task<IReadOnlyCollection<string>> ReadTeamIdsAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyCollection<string>>(["team_support", "team_search", "team_platform"]);

        public Task<string> ReadCurrencyAsync(CancellationToken cancellationToken) => Task.FromResult("USD");
    }
}
