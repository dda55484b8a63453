using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Testing;
using Platform.Wallet.Allocations;
using Platform.Wallet.Controls;
using Platform.Wallet.Holds;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;
using Platform.Wallet.Start;
using Platform.Wallet.Suspense;
using Platform.Wallet.Verification;

namespace Platform.Wallet.Tests;

/// <summary>The operations on a real database of its own, bootstrapped with 1,000,000 nanos, and a clock that stands still.</summary>
public sealed class LedgerFixture : IAsyncLifetime
{
    public const string OwnerToken = "kt_live_ownerownerownerownerownerownerownerowner123";
    public const string ServiceToken = "kt_live_servicexservicexservicexservicexservicex123";
    public const string SupportKey = "kt_live_supportxsupportxsupportxsupportxsupportx123";
    public const long Opening = 1_000_000;

    /// <summary>Who makes the tests' changes of teams and keys.</summary>
    internal static readonly Actor Tester = new("test", Role.Owner);

    private readonly List<ServiceProvider> _idle = [];
    private readonly string _template;
    private readonly Func<NpgsqlDataSource, Task> _migrate;
    private ServiceProvider _services = null!;
    private string _connectionString = "";

    public LedgerFixture()
        : this("wallet", source => new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, Token))
    {
    }

    /// <param name="template">Of the database: lower-case letters.</param>
    /// <param name="migrate">Brings the empty template to the newest schema, with what a test wants in it.</param>
    internal LedgerFixture(string template, Func<NpgsqlDataSource, Task> migrate)
    {
        _template = template;
        _migrate = migrate;
    }

    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    internal FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    internal T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>With the password, which a data source does not tell.</summary>
    internal string ConnectionString => _connectionString;

    internal NpgsqlDataSource DataSource => Get<NpgsqlDataSource>();

    public async ValueTask InitializeAsync()
    {
        var connectionString = await TestPostgres.CreateDatabaseAsync(_template, async template =>
        {
            await using var source = NpgsqlDataSource.Create(template);
            await _migrate(source);
        });
        _connectionString = connectionString + ";No Reset On Close=true;Max Auto Prepare=100";
        _services = Build(null, null, Time, connections: 20);
        await Get<Bootstrap>().RunAsync(Token);
        await StartAsync(_services);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _idle)
        {
            await replica.DisposeAsync();
        }

        await StopAsync(_services);
        await _services.DisposeAsync();
    }

    /// <summary>Another replica of Wallet on the same database, with queues and connections of its own.</summary>
    internal async Task<WalletReplica> AddReplicaAsync(ILeaseRecall? recall = null, HoldOptions? options = null, LeaseOptions? leases = null)
    {
        var services = Build(recall, options, Time, connections: 20, leases);
        await StartAsync(services);
        return new WalletReplica(services);
    }

    /// <summary>The operations of another replica, without its background services.</summary>
    internal IServiceProvider NewReplica(TimeProvider? time = null)
    {
        _idle.Add(Build(null, null, time ?? Time, connections: 8));
        return _idle[^1];
    }

    private ServiceProvider Build(ILeaseRecall? recall, HoldOptions? options, TimeProvider time, int connections, LeaseOptions? leases = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton(_ => NpgsqlDataSource.Create($"{_connectionString};Maximum Pool Size={connections}"));
        services.AddSingleton(time);
        services.AddSingleton(Options.Create(options ?? new HoldOptions { Writers = 2 }));
        services.AddSingleton(Options.Create(leases ?? new LeaseOptions()));
        services.AddSingleton(Options.Create(Bootstrapping()));
        services.AddSingleton<ILeaseRecall>(provider => recall ?? provider.GetRequiredService<LeaseRecall>());

        // Pauses after a failure are not the ledger's time, which stands still here.
        services.AddSingleton(provider => new LedgerDatabase(provider.GetRequiredService<NpgsqlDataSource>(), TimeProvider.System));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<WalletFeed>(provider, TimeProvider.System));
        foreach (var type in new[]
                 {
                     typeof(Outbox), typeof(WalletMetrics), typeof(LedgerStore), typeof(HoldStore), typeof(PostingStore),
                     typeof(KnownWallets),
                     typeof(HoldBatch), typeof(HoldWriter), typeof(CreateHold), typeof(CreateHolds), typeof(ResolveHold), typeof(ReportHolds),
                     typeof(KeptRows), typeof(EachWallet), typeof(AwaitingStore), typeof(KeptUsage), typeof(PostUsage), typeof(PostAwaiting), typeof(ExpirySweep), typeof(Bootstrap),
                     typeof(CapStore), typeof(CapAccountStore), typeof(CapDirectory), typeof(CapOwners), typeof(CapAccounts), typeof(CapFeed), typeof(SetCap), typeof(ListCaps),
                     typeof(RemoveCap), typeof(ChangeWalletPolicy),
                     typeof(LeaseStore), typeof(LeaseRecall), typeof(LeaseScopes), typeof(CapRecall), typeof(LeaseWrite), typeof(ChangeLease), typeof(AcquireLease), typeof(ReportLease),
                     typeof(SuspendDraw), typeof(CloseLease), typeof(ListLeases), typeof(HolderCheck), typeof(LeaseNotices), typeof(LeaseNoticeStore), typeof(LeaseFeed), typeof(WatchLeases),
                     typeof(LeaseSweep), typeof(ReleaseSuspense),
                 })
        {
            services.AddSingleton(type);
        }

        services.AddIdentity();
        services.AddFunds();
        services.AddSingleton(Options.Create(new AllocationOptions()));
        services.AddSingleton(Options.Create(new VerifyOptions()));
        services.AddSingleton<PeriodScheduler>();
        services.AddSingleton<VerifyAtIntervals>();
        return services.BuildServiceProvider();
    }

    private static async Task StartAsync(ServiceProvider services)
    {
        await services.GetRequiredService<HoldWriter>().StartAsync(Token);
        await services.GetRequiredService<WalletFeed>().StartAsync(Token);
    }

    internal static async Task StopAsync(ServiceProvider services)
    {
        await services.GetRequiredService<WalletFeed>().StopAsync(CancellationToken.None);
        await services.GetRequiredService<HoldWriter>().StopAsync(CancellationToken.None);
    }

    internal static BootstrapOptions Bootstrapping() => new()
    {
        OwnerToken = OwnerToken, ServiceToken = ServiceToken, SupportKey = SupportKey, OpeningAmount = Opening / 1_000_000_000m,
    };

    /// <summary>A new team with this much allocated from a fresh credit.</summary>
    internal async Task<string> TeamWithAsync(long nanos)
    {
        var team = $"t{Guid.CreateVersion7():N}";
        await Get<CreateTeam>().RunAsync(new CreateTeamRequest { TeamId = team, Name = "Team", IdempotencyKey = team }, Tester, Token);
        if (nanos > 0)
        {
            await CreditAsync(nanos);
            await AllocateAsync(team, nanos);
        }

        return team;
    }

    /// <summary>Credits the organisation and allocates as much to a team, if the organisation has it after repaying its overage: one transaction.</summary>
    internal async Task FundAsync(string team, long nanos)
    {
        await Get<LedgerDatabase>().InTransactionAsync(
            async transaction =>
            {
                var unit = new LedgerUnit(
                    await LedgerStore.LockAsync(transaction, [WalletAccounts.OrganisationId, WalletAccounts.IdOf(team)], Token), Time.GetUtcNow());
                var details = new TransferDetails("test", Time.GetUtcNow());
                unit.Credit(WalletAccounts.OrganisationId, nanos, details);
                if (unit[WalletAccounts.OrganisationId].Available >= nanos)
                {
                    unit.Allocate(WalletAccounts.OrganisationId, WalletAccounts.IdOf(team), nanos, details);
                }

                await MoveFunds.WriteAsync(transaction, unit, Token);
                return (true, true);
            },
            Token);
    }

    internal async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync(Token);
    }

    internal Task<Transfer> CreditAsync(long nanos, string? key = null) => Get<CreditFunds>().RunAsync(
        new CreditRequest { AmountNanos = nanos, Currency = "USD", IdempotencyKey = key ?? Guid.CreateVersion7().ToString() }, "test", Token);

    internal Task<Transfer> AllocateAsync(string team, long nanos, string? key = null) => Get<AllocateFunds>().RunAsync(
        new AllocateRequest { TeamId = team, AmountNanos = nanos, Currency = "USD", IdempotencyKey = key ?? Guid.CreateVersion7().ToString() }, "test", Token);

    internal async Task<HoldOutcome> HoldAsync(string team, Guid attempt, long bound, bool sent = false, string user = "") => (await Get<CreateHold>().RunAsync(
        new CreateHoldRequest { AttemptId = attempt.ToString(), TeamId = team, UserId = user, BoundNanos = bound, Currency = "USD", Sent = sent }, "test", Token)).Outcome;

    internal Task<HoldResponse> ResolveAsync(Guid attempt, HoldInput input) => ResolveAsync(Get<ResolveHold>(), attempt, input);

    internal static Task<HoldResponse> ResolveAsync(ResolveHold resolve, Guid attempt, HoldInput input)
    {
        var id = attempt.ToString();
        return input switch
        {
            HoldInput.MarkSent => resolve.MarkSentAsync(new MarkSentRequest { AttemptId = id }, "test"),
            HoldInput.Report report => resolve.ReportAsync(new ReportHoldRequest { AttemptId = id, CostNanos = report.CostNanos }, "test"),
            HoldInput.Release release => resolve.ReleaseAsync(new ReleaseHoldRequest { AttemptId = id, Reason = release.Reason }, "test"),
            HoldInput.Suspend suspend => resolve.SuspendAsync(new SuspendHoldRequest { AttemptId = id, Reason = suspend.Reason }, "test"),
            _ => throw new ArgumentOutOfRangeException(nameof(input)),
        };
    }

    internal Task<bool> PostAsync(params UsageMeteredItem[] items) => Get<PostUsage>().RunAsync(new UsageMetered(Guid.CreateVersion7(), items), Token);

    internal UsageMeteredItem Item(string team, Guid attempt, long? cost, string funding = FundingClass.Leased, Guid? record = null, Guid? corrects = null) => new(
        record ?? Guid.CreateVersion7(), attempt, funding, team, "interactive", "", "simulator", "gpt-4o-mini", cost, "USD", 10, 10, false,
        Time.GetUtcNow(), Time.GetUtcNow(), null, corrects);

    internal async Task<WalletView> WalletAsync(string team) => (await Get<ReadWallets>().BalanceAsync(new GetBalanceRequest { TeamId = team }, Token)).Effective;

    /// <summary>A user, made where it is not there yet.</summary>
    internal Task UserAsync(string user) => ExecuteAsync(
        "INSERT INTO identity.user_account (user_id, name, email, created_at, revision) VALUES ($1, $1, '', now(), 1) ON CONFLICT DO NOTHING", user);

    /// <summary>An application of a team, made where it is not there yet.</summary>
    internal Task ApplicationAsync(string application, string team) => ExecuteAsync(
        "INSERT INTO identity.application (application_id, team_id, name, created_at) VALUES ($1, $2, $1, now()) ON CONFLICT DO NOTHING", application, team);

    /// <summary>Allocates all that the organisation has to a team that nobody uses.</summary>
    internal async Task EmptyOrganisationAsync()
    {
        var available = await ScalarAsync<long>("SELECT available FROM wallet WHERE wallet_id = 'wal_organisation'");
        if (available > 0)
        {
            await AllocateAsync(await TeamWithAsync(0), available);
        }
    }

    /// <summary>Fails the test with what Verify found.</summary>
    internal async Task VerifyAsync()
    {
        var found = await Get<VerifyLedger>().RunAsync(Token);
        Assert.True(found.Consistent, string.Join(' ', found.Findings));
    }

    internal async Task<T> ScalarAsync<T>(string sql, params object[] values)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync(Token))!;
    }
}

/// <summary>One of several replicas in a test; stops when disposed of.</summary>
internal sealed class WalletReplica(ServiceProvider services) : IAsyncDisposable
{
    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await LedgerFixture.StopAsync(services);
        await services.DisposeAsync();
    }
}

internal static class WalletViewText
{
    /// <summary>The balances in one line: available/held/suspense/spent overage credited.</summary>
    public static string Line(this WalletView wallet) =>
        $"{wallet.AvailableNanos}/{wallet.HeldNanos}/{wallet.SuspenseNanos}/{wallet.SpentNanos} over {wallet.OverageNanos} of {wallet.CreditedNanos}";
}
