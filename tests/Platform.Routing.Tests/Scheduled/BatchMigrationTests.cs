using Npgsql;
using Platform.Postgres;
using Platform.Routing.Calls;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes.Messages;
using Platform.Testing;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Work of the version before goes on as it was.</summary>
public sealed class BatchMigrationTests
{
    private const string Before = """
        INSERT INTO batch (batch_id, team_id, key_id, workload, lane, name, request_sha256, items, created_at)
        VALUES ('019abcde-0000-7000-8000-000000000001', 'team_a', 'key_1', '', 'scheduled', '', '', 2, now());
        INSERT INTO batch_item (batch_id, position, custom_id, lane, path, body, state, not_before)
        SELECT '019abcde-0000-7000-8000-000000000001', i, 'c' || i, 'scheduled', '/v1/chat/completions', 'body', 1, now() FROM generate_series(1, 2) i;
        """;

    [Fact(Timeout = 300_000)]
    public async Task Attempts_of_work_that_waits_keep_their_ids_and_its_size_is_known()
    {
        var cancel = TestContext.Current.CancellationToken;
        var database = await TestPostgres.CreateDatabaseAsync("routingbatches", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(ItemStore).Assembly, cancel, upTo: 11);
            await old.CreateCommand(Before).ExecuteNonQueryAsync(cancel);
        });
        await using var source = NpgsqlDataSource.Create(database);
        await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(ItemStore).Assembly, cancel);
        var items = await new ItemStore(source).ClaimAsync(Guid.CreateVersion7(), ["scheduled"], 5, cancel);
        Assert.Equal([1, 2], items.Select(item => item.Position).Order());
        Assert.All(items, item => Assert.Equal(item.BatchId, item.RunId));

        // Nobody kept what their requests said beside the body: the same request is the same work, whatever it says there.
        var kept = await new BatchStore(source).FindKeptAsync(items[0].BatchId, cancel);
        var again = new NewBatch(items[0].BatchId, "team_a", "key_1", CallLabels.Of(""), "scheduled", "", TimeProvider.System.GetUtcNow()) { Headers = new AnthropicHeaders("2023-06-01", "") };
        Assert.True(kept!.IsAskedAs(again));
        Assert.All(items, item => Assert.Equal(AnthropicHeaders.None, item.Headers));
        Assert.Equal(8L, await source.CreateCommand("SELECT bytes FROM batch").ExecuteScalarAsync(cancel));
    }

    [Fact(Timeout = 300_000)]
    public async Task Limits_are_counted_while_the_index_of_the_items_waits_for_one_that_is_being_written()
    {
        var cancel = TestContext.Current.CancellationToken;
        var database = await TestPostgres.CreateDatabaseAsync("routingindex", async template =>
        {
            await using var old = NpgsqlDataSource.Create(template);
            await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(ItemStore).Assembly, cancel, upTo: 15);
        });
        await using var source = NpgsqlDataSource.Create(database);
        Task migrating;
        await using (var writing = await source.OpenConnectionAsync(cancel))
        {
            await using var transaction = await writing.BeginTransactionAsync(cancel);
            await using var held = new NpgsqlCommand(Before, writing, transaction);
            await held.ExecuteNonQueryAsync(cancel);
            migrating = new Migrator(source, TimeProvider.System).MigrateAsync(typeof(ItemStore).Assembly, cancel);
            await Eventually.TrueAsync(
                async () => (bool)(await source.CreateCommand("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'batch_item'::regclass AND NOT granted)").ExecuteScalarAsync(cancel))!,
                TimeSpan.FromSeconds(30), "the index to wait for the item");
            await source.CreateCommand("SET lock_timeout = '2s'; SELECT FROM limit_count FOR UPDATE").ExecuteNonQueryAsync(cancel);
            await transaction.RollbackAsync(cancel);
        }

        await migrating;
    }
}
