using Platform.Postgres;
using Platform.Routing.Calls;
using Platform.Routing.Scheduled;
using Platform.Routing.Tests.Limits;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>A database with work that waits, as two replicas see it.</summary>
public abstract class BatchDatabase : LimitDatabase
{
    private protected static readonly ItemAnswer Answer = new(200, "{\"ok\":true}"u8.ToArray(), "att", TimeSpan.Zero, IsSent: true);
    private protected static readonly CallLabels Labels = CallLabels.Of("evaluation") with { Tags = new Dictionary<string, string> { ["feature"] = "search, 'new'" }.AsReadOnly() };
    private protected static readonly WorkSize Most = new(1_000, 1_000_000);

    private protected Guid Here { get; } = Guid.CreateVersion7();

    private protected Guid There { get; } = Guid.CreateVersion7();

    private protected BatchStore Batches => new(DataSource);

    private protected ItemStore Items => new(DataSource);

    private protected SweepStore Sweeps => new(DataSource, new Outbox(TimeProvider.System), TimeProvider.System);

    private protected static NewBatch New(Guid id, bool told = false, string team = "team_a") => new(id, team, "key_1", Labels, "scheduled", "file", TimeProvider.System.GetUtcNow(), told);

    private protected async Task<Guid> AddAsync(int items, bool told = false, string team = "team_a")
    {
        var id = Guid.CreateVersion7();
        Assert.Equal(AddOutcome.Added, await Batches.TryAddAsync(New(id, told, team), new byte[32], new WorkSize(items, 2 * items), Most, Lines(items), Cancel));
        return id;
    }

    private protected static IAsyncEnumerable<BatchLine> Lines(int count) =>
        Enumerable.Range(1, count).Select(i => new BatchLine($"c{i}", "/v1/chat/completions", "{}"u8.ToArray())).ToAsyncEnumerable();
}
