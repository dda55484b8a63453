using Platform.Postgres;

namespace Platform.Postgres.Tests;

public sealed class InboxTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_delivered_many_times_at_once_has_one_effect()
    {
        var message = Guid.CreateVersion7();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => HandleAsync("many", message, commit: true)));
        Assert.Equal(1, await database.CountAsync("SELECT count(*) FROM effect WHERE name = 'many'"));
    }

    [Fact]
    public async Task A_message_whose_handling_rolled_back_is_handled_when_it_comes_again()
    {
        var message = Guid.CreateVersion7();
        await HandleAsync("again", message, commit: false);
        Assert.True(await HandleAsync("again", message, commit: true));
        Assert.Equal(1, await database.CountAsync("SELECT count(*) FROM effect WHERE name = 'again'"));
    }

    private async Task<bool> HandleAsync(string queue, Guid message, bool commit)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        if (!await Inbox.TryEnterAsync(transaction, queue, message, TimeProvider.System.GetUtcNow(), Cancel))
        {
            return false;
        }

        await using var effect = new Npgsql.NpgsqlCommand("INSERT INTO effect VALUES ($1)", connection, transaction) { Parameters = { new() { Value = queue } } };
        await effect.ExecuteNonQueryAsync(Cancel);
        if (commit)
        {
            await transaction.CommitAsync(Cancel);
        }

        return true;
    }
}
