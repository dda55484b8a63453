using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;

namespace Platform.Postgres.Tests;

/// <summary>What people hear of dead messages: each trouble once, whoever looks and however often.</summary>
public sealed class TellOfDeadMessagesTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dead_messages_are_told_of_once_by_many_replicas_and_again_only_after_all_were_decided()
    {
        const string queue = "once";
        await AddAsync(queue, "System.FormatException");
        await AddAsync(queue, "System.FormatException");
        await LookAsync(replicas: 8);
        var told = Assert.Single(await ToldAsync(queue));
        Assert.Equal(("wallet", "System.FormatException", 2, "Some:Event"), (told.Service, told.FailureType, told.Waiting, told.MessageType));
        Assert.Equal(await FirstAsync(queue), told.FirstDeadId);

        await AddAsync(queue, "System.FormatException");
        await DecideAsync(queue, most: 2);
        await LookAsync(replicas: 2);
        Assert.Single(await ToldAsync(queue));

        await DecideAsync(queue, most: 1);
        await LookAsync(replicas: 2);
        await AddAsync(queue, "System.FormatException");
        await LookAsync(replicas: 8);
        Assert.Equal(2, (await ToldAsync(queue)).DistinctBy(again => again.EventId).Count());
    }

    [Fact]
    public async Task Message_that_is_left_lying_hides_neither_another_failure_nor_another_queue()
    {
        await AddAsync("left", "Platform.RecordAwaitedException");
        await LookAsync(replicas: 1);
        await AddAsync("left", "System.FormatException");
        await AddAsync("left-2", "Platform.RecordAwaitedException");
        await LookAsync(replicas: 2);

        Assert.Equal(["Platform.RecordAwaitedException", "System.FormatException"], (await ToldAsync("left")).Select(told => told.FailureType));
        Assert.Single(await ToldAsync("left-2"));
    }

    [Fact]
    public async Task Failure_with_a_name_of_any_length_is_told_of()
    {
        await AddAsync("long", new string('x', 4_000));
        await LookAsync(replicas: 2);
        Assert.Equal(200, Assert.Single(await ToldAsync("long")).FailureType.Length);
    }

    private async Task LookAsync(int replicas) => await Task.WhenAll(Enumerable.Range(0, replicas).Select(_ =>
        new TellOfDeadMessages("wallet", database.DataSource, new Outbox(TimeProvider.System), TimeProvider.System, NullLogger<TellOfDeadMessages>.Instance).LookAsync(Cancel)));

    private Task<bool> AddAsync(string queue, string failure) => new DeadMessageStore(database.DataSource).TryAddAsync(
        new DeadMessageRow(0, queue, Guid.CreateVersion7().ToString(), "Some:Event", "application/json", [1], failure, "why", Now, Now), Cancel);

    private Task<long> DecideAsync(string queue, int most) => database.CountAsync($"""
        WITH ended AS (
            UPDATE dead_message SET state = 3, ended_at = now() WHERE dead_id IN (SELECT dead_id FROM dead_message WHERE queue = '{queue}' AND state = 1 ORDER BY dead_id LIMIT {most})
            RETURNING 1)
        SELECT count(*) FROM ended
        """);

    private Task<long> FirstAsync(string queue) => database.CountAsync($"SELECT min(dead_id) FROM dead_message WHERE queue = '{queue}'");

    private async Task<List<MessagesDead>> ToldAsync(string queue)
    {
        await using var command = database.DataSource.CreateCommand("SELECT body FROM outbox ORDER BY outbox_id");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var told = new List<MessagesDead>();
        while (await reader.ReadAsync(Cancel))
        {
            told.Add(JsonSerializer.Deserialize<MessagesDead>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        return told.FindAll(dead => dead.Queue == queue);
    }
}
