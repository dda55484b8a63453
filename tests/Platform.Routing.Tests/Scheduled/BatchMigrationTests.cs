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

    [Fact(Timeout = 60_000)]
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
}
