using System.Text;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.ServiceDefaults.Messaging;
using Platform.Testing;

namespace Platform.Postgres.Tests;

/// <summary>A service of its own on a real broker and database, whose consumer fails while it is told to.</summary>
public sealed class DeadMessageTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Poison_message_is_seen_with_its_failure_and_handled_once_after_a_replay()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        service.Switch.Fails = true;
        var denied = RunningService.Denied();
        await service.PublishAsync(denied);

        var dead = await service.WaitForDeadAsync(denied.AttemptId);
        Assert.Equal(Queues.MeteringDemandDenied, dead.Queue);
        Assert.Equal("Platform.Contracts.Events:DemandDenied", dead.MessageType);
        Assert.Equal("System.InvalidOperationException", dead.FailureType);
        Assert.Equal("told to fail", dead.FailureMessage);

        service.Switch.Fails = false;
        var replayed = await service.Decide.ReplayAsync(dead.DeadId, "key_operator", Cancel);
        Assert.Equal((DeadMessageState.Replayed, "key_operator"), (replayed!.State, replayed.EndedBy));
        await Eventually.TrueAsync(() => Task.FromResult(service.Switch.Handled.Contains(denied.AttemptId)), Patience, "the replayed message to be handled");

        var again = await service.Decide.DiscardAsync(dead.DeadId, "key_other", Cancel);
        Assert.Equal((DeadMessageState.Replayed, "key_operator"), (again!.State, again.EndedBy));
        Assert.Single(service.Switch.Handled, denied.AttemptId);
    }

    [Fact]
    public async Task Message_waits_while_the_database_takes_no_writes_however_often_it_is_tried()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        await using var standby = NpgsqlDataSource.Create($"{database.ConnectionString};Options=-c default_transaction_read_only=on");
        var tries = 0;
        service.Switch.Work = async () =>
        {
            // Once more than what the service tries of a failure that is not the database's.
            if (++tries < 4)
            {
                await using var write = standby.CreateCommand("DELETE FROM inbox");
                await write.ExecuteNonQueryAsync(Cancel);
            }
        };
        var denied = RunningService.Denied();
        await service.PublishAsync(denied);

        await Eventually.TrueAsync(() => Task.FromResult(service.Switch.Handled.Contains(denied.AttemptId)), Patience, "the message to be handled");
        Assert.Equal(4, tries);
        Assert.DoesNotContain(await service.Store.ListAsync(DeadMessageState.Dead, long.MaxValue, 100, Cancel), row => row.MessageId == denied.AttemptId.ToString());
    }

    [Fact]
    public async Task Message_that_fails_again_after_its_replay_is_dead_a_second_time()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        service.Switch.Fails = true;
        var denied = RunningService.Denied();
        await service.PublishAsync(denied);
        var first = await service.WaitForDeadAsync(denied.AttemptId);

        await service.Decide.ReplayAsync(first.DeadId, "key_operator", Cancel);
        var second = await service.WaitForDeadAsync(denied.AttemptId);

        Assert.NotEqual(first.DeadId, second.DeadId);
        Assert.Equal(DeadMessageState.Discarded, (await service.Decide.DiscardAsync(second.DeadId, "key_operator", Cancel))!.State);
        Assert.DoesNotContain(await service.Store.ListAsync(DeadMessageState.Dead, long.MaxValue, 100, Cancel), row => row.DeadId == second.DeadId);
    }

    [Fact]
    public async Task Message_that_is_no_envelope_is_kept_as_it_came()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        var id = Guid.CreateVersion7();
        await service.SendRawAsync(Queues.MeteringDemandDenied, id, "not json");

        var dead = await service.WaitForDeadAsync(id);
        Assert.Equal("not json", Encoding.UTF8.GetString(dead.Body));
        Assert.Equal("", dead.MessageType);
    }

    [Fact]
    public async Task Event_that_the_outbox_cannot_read_is_set_apart_and_does_not_keep_the_others_waiting()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        var (unreadable, denied) = (Guid.CreateVersion7(), RunningService.Denied());
        await service.OweRawAsync(unreadable, "Platform.Contracts.Events.NoSuchEvent", "{}");
        await service.OweAsync(denied);

        await Eventually.TrueAsync(() => Task.FromResult(service.Switch.Handled.Contains(denied.AttemptId)), Patience, "the readable event to be handled");
        var dead = await service.WaitForDeadAsync(unreadable);
        Assert.Equal(DeadMessageRow.OutboxQueue, dead.Queue);
        Assert.Contains("no event of this version", dead.FailureMessage);

        // A version that still does not know the event sets it apart again.
        await service.Decide.ReplayAsync(dead.DeadId, "key_operator", Cancel);
        Assert.NotEqual(dead.DeadId, (await service.WaitForDeadAsync(unreadable)).DeadId);
    }

    [Fact]
    public async Task Events_that_no_queue_receives_stay_owed_and_do_not_keep_the_others_waiting()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        Guid[] unroutable = [.. Enumerable.Range(0, 70).Select(_ => Guid.CreateVersion7())];
        foreach (var id in unroutable)
        {
            await service.OweRawAsync(id, typeof(ExportCompleted).FullName!, "{}");
        }

        var (first, second) = (RunningService.Denied(), RunningService.Denied());
        await service.OweAsync(first);
        await service.OweAsync(second);

        await Eventually.TrueAsync(
            () => Task.FromResult(service.Switch.Handled.ToHashSet().IsSupersetOf([first.AttemptId, second.AttemptId])), Patience, "what a queue receives to be handled");
        await Eventually.TrueAsync(async () => (await service.OwedAsync()).SequenceEqual(unroutable), Patience, "only what no queue receives to be owed");
        Assert.Single(service.Switch.Handled, first.AttemptId);
    }

    [Fact]
    public async Task Message_is_kept_whatever_it_says_its_type_is()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        Assert.Equal(new string('x', 499) + "…", await TypeAsync(new string('x', 499) + "😀😀"));
        Assert.Equal("", await TypeAsync(@"\ud83d"));

        async Task<string> TypeAsync(string type)
        {
            var id = Guid.CreateVersion7();
            await service.SendRawAsync(Queues.MeteringDemandDenied, id, $$"""{"messageId":"{{id}}","messageType":["urn:message:{{type}}"],"message":{} }""");
            return (await service.WaitForDeadAsync(id)).MessageType;
        }
    }

    [Fact]
    public async Task Unknown_message_is_not_decided()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        Assert.Null(await service.Decide.ReplayAsync(long.MaxValue, "key_operator", Cancel));
    }
}
