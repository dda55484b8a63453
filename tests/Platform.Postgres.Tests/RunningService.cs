using System.Text;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.ServiceDefaults.Messaging;
using Platform.Testing;
using RabbitMQ.Client;

namespace Platform.Postgres.Tests;

/// <summary>What the consumer is told to do, and what it did.</summary>
internal sealed class FailureSwitch
{
    private readonly List<Guid> _handled = [];
    private int _failed;

    public bool Fails { get; set; }

    /// <summary>What the consumer does with the database first; it may fail.</summary>
    public Func<Task> Work { get; set; } = () => Task.CompletedTask;

    /// <summary>What it fails with.</summary>
    public Exception Failure { get; set; } = new InvalidOperationException("told to fail");

    public int Failed => Volatile.Read(ref _failed);

    public Exception Fail()
    {
        Interlocked.Increment(ref _failed);
        return Failure;
    }

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
    public async Task Consume(ConsumeContext<DemandDenied> context)
    {
        await failure.Work();
        if (failure.Fails)
        {
            throw failure.Fail();
        }

        failure.Handle(context.Message.AttemptId);
    }
}

/// <summary>A service whose messages can die, on a real broker and database.</summary>
internal sealed class RunningService(WebApplication app, Uri broker) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public FailureSwitch Switch => app.Services.GetRequiredService<FailureSwitch>();

    public NpgsqlDataSource DataSource => app.Services.GetRequiredService<NpgsqlDataSource>();

    public DecideDeadMessage Decide => app.Services.GetRequiredService<DecideDeadMessage>();

    /// <summary>Cancelled when the service ends, of itself or because it is told to.</summary>
    public CancellationToken Stopping => app.Lifetime.ApplicationStopping;

    public DeadMessageStore Store => app.Services.GetRequiredService<DeadMessageStore>();

    /// <summary>An event that its consumer can fail on.</summary>
    public static DemandDenied Denied() => new(
        Guid.CreateVersion7(), "team_support", "key_1", "interactive", "", "simulator", "gpt-4o-mini", "INSUFFICIENT_FUNDS", 1, "USD", DateTimeOffset.UnixEpoch);

    /// <param name="broker">By default a virtual host of its own at the tests' broker.</param>
    /// <param name="queue">What its consumer reads.</param>
    /// <param name="log">Where the service's lines go; by default nowhere.</param>
    public static async Task<RunningService> StartAsync(string connectionString, Uri? broker = null, ILoggerProvider? log = null, string queue = Queues.MeteringDemandDenied)
    {
        broker ??= await TestRabbit.CreateVirtualHostAsync();
        var builder = WebApplication.CreateBuilder(
        [
            $"--ConnectionStrings:testdb={connectionString};Maximum Pool Size=10", $"--ConnectionStrings:messaging={broker}", "--Messaging:RetryLimit=1",
            "--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", $"--Logging:LogLevel:Default={(log is null ? LogLevel.None : LogLevel.Warning)}",
        ]);
        builder.Logging.ClearProviders();
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<FailureSwitch>();
        builder.AddPlatformDatabase("testdb", typeof(DatabaseFixture).Assembly, typeof(DemandDenied).Assembly);
        builder.AddPlatformMessaging((queue, typeof(SwitchedConsumer)));
        builder.AddDeadMessages("metering", queue);
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

    /// <summary>Several are owed at once.</summary>
    public async Task OweAsync(params DemandDenied[] all)
    {
        await using var connection = await app.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        foreach (var denied in all)
        {
            await app.Services.GetRequiredService<Outbox>().AddAsync(transaction, denied.AttemptId, denied, Cancel);
        }

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
