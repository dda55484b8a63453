using System.Text;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.ServiceDefaults.Messaging;
using Platform.Testing;
using RabbitMQ.Client;

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
        var denied = Denied();
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
    public async Task Message_that_fails_again_after_its_replay_is_dead_a_second_time()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        service.Switch.Fails = true;
        var denied = Denied();
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
        var (unreadable, denied) = (Guid.CreateVersion7(), Denied());
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

        var (first, second) = (Denied(), Denied());
        await service.OweAsync(first);
        await service.OweAsync(second);

        await Eventually.TrueAsync(
            () => Task.FromResult(service.Switch.Handled.ToHashSet().IsSupersetOf([first.AttemptId, second.AttemptId])), Patience, "what a queue receives to be handled");
        await Eventually.TrueAsync(async () => (await service.OwedAsync()).SequenceEqual(unroutable), Patience, "only what no queue receives to be owed");
        Assert.Single(service.Switch.Handled, first.AttemptId);
    }

    [Fact]
    public async Task Unknown_message_is_not_decided()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        Assert.Null(await service.Decide.ReplayAsync(long.MaxValue, "key_operator", Cancel));
    }

    private static DemandDenied Denied() => new(
        Guid.CreateVersion7(), "team_support", "key_1", "interactive", "", "simulator", "gpt-4o-mini", "INSUFFICIENT_FUNDS", 1, "USD", DateTimeOffset.UnixEpoch);

    /// <summary>What the consumer is told to do, and what it did.</summary>
    internal sealed class FailureSwitch
    {
        private readonly List<Guid> _handled = [];

        public bool Fails { get; set; }

        public IReadOnlyList<Guid> Handled
        {
            get
            {
                lock (_handled)
                {
                    return [.. _handled];
                }
            }
        }

        public void Handle(Guid attemptId)
        {
            lock (_handled)
            {
                _handled.Add(attemptId);
            }
        }
    }

    internal sealed class SwitchedConsumer(FailureSwitch failure) : IConsumer<DemandDenied>
    {
        public Task Consume(ConsumeContext<DemandDenied> context)
        {
            if (failure.Fails)
            {
                throw new InvalidOperationException("told to fail");
            }

            failure.Handle(context.Message.AttemptId);
            return Task.CompletedTask;
        }
    }

    private sealed class RunningService(WebApplication app, Uri broker) : IAsyncDisposable
    {
        public FailureSwitch Switch => app.Services.GetRequiredService<FailureSwitch>();

        public DecideDeadMessage Decide => app.Services.GetRequiredService<DecideDeadMessage>();

        public DeadMessageStore Store => app.Services.GetRequiredService<DeadMessageStore>();

        public static async Task<RunningService> StartAsync(string connectionString)
        {
            var broker = await TestRabbit.CreateVirtualHostAsync();
            var builder = WebApplication.CreateBuilder(
            [
                $"--ConnectionStrings:testdb={connectionString};Maximum Pool Size=10", $"--ConnectionStrings:messaging={broker}", "--Messaging:RetryLimit=1",
                "--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=None",
            ]);
            builder.Services.AddSingleton(TimeProvider.System);
            builder.Services.AddSingleton<FailureSwitch>();
            builder.AddPlatformDatabase("testdb", typeof(DatabaseFixture).Assembly, typeof(DemandDenied).Assembly);
            builder.AddPlatformMessaging((Queues.MeteringDemandDenied, typeof(SwitchedConsumer)));
            builder.AddDeadMessages("metering", Queues.MeteringDemandDenied);
            var app = builder.Build();
            await app.StartAsync(Cancel);
            return new RunningService(app, broker);
        }

        public Task PublishAsync(DemandDenied denied) =>
            app.Services.GetRequiredService<IBus>().Publish(denied, context => context.MessageId = denied.AttemptId, Cancel);

        public async Task SendRawAsync(string queue, Guid messageId, string body)
        {
            await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(Cancel);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
            var properties = new BasicProperties { MessageId = messageId.ToString(), ContentType = "application/vnd.masstransit+json" };
            await channel.BasicPublishAsync("", queue, mandatory: true, properties, Encoding.UTF8.GetBytes(body), Cancel);
        }

        public async Task OweAsync(DemandDenied denied)
        {
            await using var connection = await app.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(Cancel);
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await app.Services.GetRequiredService<Outbox>().AddAsync(transaction, denied.AttemptId, denied, Cancel);
            await transaction.CommitAsync(Cancel);
            app.Services.GetRequiredService<Outbox>().Wake();
        }

        public async Task OweRawAsync(Guid messageId, string type, string body)
        {
            await using var command = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(
                "INSERT INTO outbox (message_id, message_type, body, recorded_at) VALUES ($1, $2, $3::jsonb, now())");
            command.Parameters.Add(new() { Value = messageId });
            command.Parameters.Add(new() { Value = type });
            command.Parameters.Add(new() { Value = body });
            await command.ExecuteNonQueryAsync(Cancel);
        }

        public async Task<List<Guid>> OwedAsync()
        {
            await using var command = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT message_id FROM outbox ORDER BY outbox_id");
            await using var reader = await command.ExecuteReaderAsync(Cancel);
            var owed = new List<Guid>();
            while (await reader.ReadAsync(Cancel))
            {
                owed.Add(reader.GetGuid(0));
            }

            return owed;
        }

        public async Task<DeadMessageRow> WaitForDeadAsync(Guid messageId)
        {
            DeadMessageRow? found = null;
            await Eventually.TrueAsync(
                async () => (found = (await Store.ListAsync(DeadMessageState.Dead, long.MaxValue, 100, Cancel)).Find(row => row.MessageId == messageId.ToString())) is not null,
                Patience, $"message {messageId} to be among the dead");

            // Lists are without bodies, whatever there is to list.
            Assert.Empty(found!.Body);
            return (await Store.FindAsync(found.DeadId, Cancel))!;
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }
    }
}
