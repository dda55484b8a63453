using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
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

    private MeteringFixture(ServiceProvider services) => _services = services;

    internal NpgsqlDataSource Database => Get<NpgsqlDataSource>();

    /// <param name="old">Data that version <paramref name="upTo"/> of the schema left, as SQL; the rest of the migrations then runs on it.</param>
    internal static async Task<MeteringFixture> CreateAsync(TimeProvider? time = null, string? old = null, int upTo = 0, int retention = 0)
    {
        var connectionString = old is null
            ? await TestPostgres.CreateDatabaseAsync("metering", MigrateAsync)
            : await TestPostgres.CreateDatabaseAsync($"metering{upTo}_{Guid.CreateVersion7():N}"[..20], empty => MigrateAsync(empty, old, upTo));
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
        services.AddSingleton<Outbox>();
        services.AddSingleton<ITeamSource>(new FixedTeams());
        services.AddMetering();
        services.Configure<RetentionOptions>(options => options.RecordMonths = retention);
        return new MeteringFixture(services.BuildServiceProvider());
    }

    /// <summary>Another replica of the service on the same database.</summary>
    internal MeteringFixture Replica()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        AddTo(services);
        return new MeteringFixture(services.BuildServiceProvider());
    }

    /// <summary>Gives a server the same database, teams and currency.</summary>
    internal void AddTo(IServiceCollection services)
    {
        services.AddSingleton(Get<TimeProvider>());
        services.AddSingleton(Database);
        services.AddSingleton(Get<Outbox>());
        services.AddSingleton(Get<ITeamSource>());
        services.AddMetering();
    }

    internal T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

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

    private static async Task MigrateAsync(string connectionString)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await new Migrator(dataSource, TimeProvider.System).MigrateAsync(typeof(RecordUsage).Assembly, CancellationToken.None);
    }

    private static async Task MigrateAsync(string connectionString, string old, int upTo)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await new Migrator(dataSource, TimeProvider.System).MigrateAsync(typeof(RecordUsage).Assembly, CancellationToken.None, upTo);
        await using (var command = dataSource.CreateCommand(old))
        {
            await command.ExecuteNonQueryAsync();
        }

        await MigrateAsync(connectionString);
    }

    private sealed class FixedTeams : ITeamSource
    {
        public Task<IReadOnlyCollection<string>> ReadTeamIdsAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyCollection<string>>(["team_support", "team_search", "team_platform"]);

        public Task<string> ReadCurrencyAsync(CancellationToken cancellationToken) => Task.FromResult("USD");
    }
}
