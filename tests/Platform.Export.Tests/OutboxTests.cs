using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.ServiceDefaults.Messaging;
using Platform.Testing;

namespace Platform.Export.Tests;

/// <summary>What becomes of an event that no queue receives, over a real broker.</summary>
public class OutboxTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_bound_event_has_a_consumer_and_a_completed_export_has_none()
    {
        Assert.All(Queues.Bindings, binding => Assert.True(Queues.HasConsumer(binding.Event)));
        Assert.False(Queues.HasConsumer(typeof(ExportCompleted)));
    }

    [Fact]
    public async Task Event_without_a_consumer_leaves_the_outbox()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        await export.Executor.ExecuteAsync(run.RunId, Cancel);
        Assert.Equal(1, await export.CountAsync("SELECT count(*) FROM outbox"));

        using var relay = Relay(export, Queues.HasConsumer, new RelayLog());
        await relay.StartAsync(Cancel);
        await Eventually.TrueAsync(async () => await export.CountAsync("SELECT count(*) FROM outbox") == 0, Patience, "an empty outbox");
        await relay.StopAsync(Cancel);
    }

    [Fact]
    public async Task Event_that_somebody_must_receive_stays_in_the_outbox_while_no_queue_takes_it()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        await export.Executor.ExecuteAsync(run.RunId, Cancel);

        var log = new RelayLog();
        using var relay = Relay(export, _ => true, log);
        await relay.StartAsync(Cancel);
        await Eventually.TrueAsync(() => Task.FromResult(!log.Warnings.IsEmpty), Patience, "the relay's warning");
        await relay.StopAsync(Cancel);
        Assert.Equal(1, await export.CountAsync("SELECT count(*) FROM outbox"));
    }

    private static IHost Relay(TestExport export, Func<Type, bool> hasConsumer, RelayLog log)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["ConnectionStrings:exportdb"] = export.ConnectionString;
        builder.Configuration["ConnectionStrings:messaging"] = Environment.GetEnvironmentVariable("KT_TEST_RABBITMQ")
            ?? throw new InvalidOperationException("Set KT_TEST_RABBITMQ to the amqp:// URI of a RabbitMQ virtual host for tests.");
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddPlatformDatabase("exportdb", typeof(ExportOptions).Assembly, typeof(ExportCompleted).Assembly, hasConsumer);
        builder.AddPlatformMessaging();
        return builder.Build();
    }

    /// <summary>Keeps what the relay warns of.</summary>
    private sealed class RelayLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Warnings { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            categoryName.EndsWith("OutboxRelay", StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Warnings.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
