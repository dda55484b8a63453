using System.Diagnostics.Metrics;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export.Books;
using Platform.Export.Files;
using Platform.Export.Jobs;
using Platform.Export.Objects;
using Platform.Export.Runs;
using Platform.Export.Scheduling;
using Platform.Postgres;
using Platform.Testing;

namespace Platform.Export.Tests;

/// <summary>One replica of the service's operations on a real database and a real folder. Only where records come from is the test's.</summary>
internal sealed class TestExport : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly bool _ownsDirectory;

    private TestExport(string connectionString, string directory, bool ownsDirectory, FakeTimeProvider time, IObjectStore? s3 = null)
    {
        (ConnectionString, Folder, _ownsDirectory, Time) = (connectionString, directory, ownsDirectory, time);
        DataSource = NpgsqlDataSource.Create(connectionString);
        Options = Microsoft.Extensions.Options.Options.Create(new ExportOptions { Directory = directory, PollIntervalMs = 50 });
        Store = new FolderObjectStore(Options);
        Runs = new RunStore(DataSource);
        Jobs = new JobStore(DataSource);
        var formats = new FileFormats(_ => Prices(), _ => Teams(), Options.Value);
        Stores = s3 is null ? new ObjectStores(Store) : new ObjectStores(s3, Store);
        Writer = new RunWriter(Stores, formats, time);
        Outbox = new Outbox(time);
        Complete = new CompleteRun(DataSource, Outbox, Stores, time);
        var fail = new FailRun(DataSource, Outbox, time);
        var books = new BookReader(_ => Periods(), new BookStore(DataSource), time, NullLogger<BookReader>.Instance);
        Schedule = new ScheduleJob(DataSource, books, time);
        Change = new ChangeJob(new Changes(DataSource, time), books);
        Enqueue = new EnqueueDueRun(DataSource, Jobs, books, time, NullLogger<EnqueueDueRun>.Instance);
        Preview = new PreviewRun((run, token) => Read(run, token), formats, books, Options, time);
        Download = new Download(Jobs, Runs, Stores);
        Executor = new RunExecutor(
            DataSource, Runs, new FollowJob(Jobs, Runs, Stores), Writer, Complete, fail, (run, token) => Read(run, token), new ExportMetrics(_services.GetRequiredService<IMeterFactory>()), time,
            NullLogger<RunExecutor>.Instance);
        var start = new StartRun(DataSource, Runs, Signal, time);
        RunNow = new RunJob(start, books);
        CreateRun = new CreateRun(start, books, Options);
        Retry = new RetryRun(start, Runs);
        List = new ListRuns(Jobs, Runs);
    }

    public string ConnectionString { get; }
    public string Folder { get; }
    public FakeTimeProvider Time { get; }
    public NpgsqlDataSource DataSource { get; }
    public IOptions<ExportOptions> Options { get; }
    public FolderObjectStore Store { get; }
    public ObjectStores Stores { get; }
    public RunStore Runs { get; }
    public JobStore Jobs { get; }
    public RunWriter Writer { get; }
    public Outbox Outbox { get; }
    public CompleteRun Complete { get; }
    public ScheduleJob Schedule { get; }
    public EnqueueDueRun Enqueue { get; }
    public PreviewRun Preview { get; }
    public Download Download { get; }
    public RunExecutor Executor { get; }
    public RunJob RunNow { get; }
    public CreateRun CreateRun { get; }
    public RetryRun Retry { get; }
    public ListRuns List { get; }
    public ChangeJob Change { get; }
    public RunSignal Signal { get; } = new();

    /// <summary>What a run reads; three records unless a test sets it.</summary>
    public Func<RunRow, CancellationToken, IAsyncEnumerable<UsageRecord>> Read { get; set; } = (_, _) => Records.Three().ToAsyncEnumerable();

    /// <summary>What Metering says of prices: there is none unless a test sets it.</summary>
    public Func<Task<ListPricesResponse>> Prices { get; set; } = () => Task.FromResult(new ListPricesResponse());

    /// <summary>What Wallet says of teams: there is none unless a test sets it.</summary>
    public Func<Task<ListTeamsResponse>> Teams { get; set; } = () => Task.FromResult(new ListTeamsResponse());

    /// <summary>What Metering says of months: none is closed, in UTC, unless a test sets it.</summary>
    public Func<Task<ListPeriodsResponse>> Periods { get; set; } = () => Task.FromResult(new ListPeriodsResponse());

    /// <param name="s3">What is written to instead of the folder, which is read from all the same.</param>
    /// <param name="old">Data that version <paramref name="upTo"/> of the schema left, as SQL; the rest of the migrations then runs on it.</param>
    public static async Task<TestExport> CreateAsync(string? old = null, int upTo = 0, IObjectStore? s3 = null)
    {
        var connectionString = old is null
            ? await TestPostgres.CreateDatabaseAsync("export", template => MigrateAsync(template, int.MaxValue))
            : await TestPostgres.CreateOldDatabaseAsync("export", upTo, old, MigrateAsync);
        return new TestExport(connectionString, Directory.CreateTempSubdirectory("kt-export-").FullName, ownsDirectory: true, new FakeTimeProvider(Start), s3);
    }

    private static async Task MigrateAsync(string connectionString, int upTo)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await new Migrator(dataSource, TimeProvider.System).MigrateAsync(typeof(ExportOptions).Assembly, CancellationToken.None, upTo);
    }

    /// <summary>Another replica on the same database, folder and clock.</summary>
    /// <param name="s3">As CreateAsync has it.</param>
    public TestExport Replica(IObjectStore? s3 = null) => new(ConnectionString, Folder, ownsDirectory: false, Time, s3);

    public Scheduler Scheduler() => new(Enqueue, Runs, Executor, Signal, Options, Time, NullLogger<Scheduler>.Instance);

    public static ScheduleJobRequest Weekly(string name = "weekly-spend-forecast", string key = "key-1") => new()
    {
        Name = name, Cron = "0 6 * * MON", Window = "7d", Format = "json", Bucket = "finops-artifacts", Prefix = "ai-spend/weekly/", IdempotencyKey = key,
    };

    /// <summary>Stores a one-off run of June's first ten days that nobody has tried yet.</summary>
    public async Task<RunRow> NewRunAsync(string format = "json")
    {
        var span = new RunSpan(new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero), Start);
        var run = NewRun.OneOff("", span, TimeZoneInfo.Utc, new RunTarget(format, "finops-artifacts", "ai-spend"), "key_test", Start);
        await using var connection = await DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.True(await RunStore.TryInsertAsync(transaction, run, CancellationToken.None));
        await transaction.CommitAsync();
        return run;
    }

    /// <summary>Lets the clock run until a call that waits on it has answered.</summary>
    public async Task<T> AnswerAsync<T>(Task<T> call)
    {
        await Eventually.TrueAsync(
            () =>
            {
                Time.Advance(TimeSpan.FromMilliseconds(50));
                return Task.FromResult(call.IsCompleted);
            },
            TimeSpan.FromSeconds(20),
            "the answer");
        return await call;
    }

    /// <summary>Makes the runs that are due and tries all that are open, once each.</summary>
    public async Task WorkAsync()
    {
        while (await Enqueue.ExecuteAsync(CancellationToken.None))
        {
        }

        foreach (var runId in await Runs.ListOpenAsync(Time.GetUtcNow(), 1_000, CancellationToken.None))
        {
            await Executor.ExecuteAsync(runId, CancellationToken.None);
        }
    }

    public string PathOf(string bucket, string key) => Path.Combine(Folder, bucket, key);

    public async Task<long> CountAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        Preview.Dispose();
        await DataSource.DisposeAsync();
        await _services.DisposeAsync();
        if (_ownsDirectory)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

internal static class Records
{
    public static UsageRecord Of(int number, long? costNanos = 123_450, string currency = "USD") => new()
    {
        RecordId = $"0190a000-0000-7000-8000-{number:000000000000}",
        RecordedAt = Timestamp.FromDateTimeOffset(TestExport.Start.AddSeconds(number)),
        Currency = currency,
        Cost = costNanos is { } cost
            ? new Cost { InputNanos = cost - 20, CachedInputNanos = 5, OutputNanos = 10, RequestNanos = 5, TotalNanos = cost }
            : null,
        Event = new UsageEvent
        {
            Source = "gateway-1", EventId = $"attempt-{number}", AttemptId = $"0190a111-0000-7000-8000-{number:000000000000}",
            CallId = $"0190a222-0000-7000-8000-{number:000000000000}", Funding = Funding.Leased,
            OccurredAt = Timestamp.FromDateTimeOffset(TestExport.Start.AddTicks(10).AddMinutes(number)), TeamId = "team_support", KeyId = "key_1",
            Workload = "interactive", Lane = "standard", Provider = "openai", UpstreamKey = "a1b2", ModelAsked = "gpt-4o-mini",
            ModelServed = "gpt-4o-mini-2024-07-18", Tokens = new Tokens { Input = 100, CachedInput = 20, Output = 30 }, PriceId = costNanos is null ? 0 : 7,
            Outcome = Contracts.Metering.V1.Outcome.Succeeded, AttemptNumber = 1, RouteReason = "lane default",
            ApplicationId = "app_help", RoutePolicy = "default@7", GatewayMs = 3, FirstTokenMs = 210, TotalMs = 900, Tags = { ["zone"] = "eu", ["app"] = "help \"desk\" ü" },
        },
    };

    /// <summary>A priced one that the organisation paid, an unpriced one, and a correction downwards of the first.</summary>
    public static IEnumerable<UsageRecord> Three()
    {
        var first = Of(1);
        first.Event.Mark = Mark.Overflow;
        (first.Event.ShadowRule, first.Event.ShadowCostNanos) = ("small calls", 23_450);
        yield return first;
        yield return Of(2, costNanos: null);
        var correction = Of(3, costNanos: -450);
        correction.Event.CorrectsRecordId = first.RecordId;
        correction.Event.Mark = Mark.Overflow;
        correction.Event.Fallback = true;
        correction.Event.Outcome = Contracts.Metering.V1.Outcome.ClientClosed;
        yield return correction;
    }
}
