using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Routing.Journal;

namespace Platform.Routing.Shipping;

/// <summary>
/// Looks whether usage leaves this gateway's journal, and has people hear, by way of the outbox, of what does not: usage that Metering has not taken for too long, once for all gateways until no
/// journal has any; and dead letters (usage that it has refused for good, attempts that Wallet does not keep), once until their file is put away. With Metering away the alert comes when it is back, for it is what sends them;
/// the gateway's health and metrics tell of it meanwhile.
/// </summary>
internal sealed partial class WatchShipping(
    NpgsqlDataSource dataSource, Outbox outbox, AttemptJournal journal, DeadLetters deadLetters, ReplicaDirectory directory, IOptions<JournalOptions> options, TimeProvider time,
    ILogger<WatchShipping> log) : BackgroundService, IHealthCheck
{
    private const string Unshipped = "usage unshipped";
    private const string Refused = "usage refused of ";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(15);

    /// <summary>What a gateway that does not come back left in its journal waits in suspense by then, and is told of there.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    private TimeSpan Limit => TimeSpan.FromSeconds(options.Value.UnshippedAfterSeconds);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        journal.Standing() is { OldestUnshippedAt: { } oldest } standing && time.GetUtcNow() - oldest >= Limit
            ? HealthCheckResult.Degraded($"Metering has not taken usage for {(long)(time.GetUtcNow() - oldest).TotalSeconds} s; {standing.Unshipped} attempts wait in the journal.")
            : deadLetters.Refusal is { } refusal
            ? HealthCheckResult.Degraded($"What Metering or Wallet refused for good cannot be kept in {deadLetters.Path} ({refusal}) and is tried again: make room on the disk, or let this gateway write there. It stays in the journal.")
            : HealthCheckResult.Healthy());

    /// <summary>Says how the journal stands at the end, after the shipper has stopped: who is not started again is then known to owe nothing.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(StopLimits.Each, time);
        try
        {
            await LookAsync(limit.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            LogFailed(exception);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What an earlier process left is shipped first.
        await Task.Delay(LookInterval, time, stoppingToken);
        await LookLoop.RunAsync(LookAsync, LogFailed, LookInterval, time, log, stoppingToken);
    }

    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Conditions.EnterAsync(transaction, cancellationToken);
        await LookAtUnshippedAsync(transaction, now, cancellationToken);
        await LookAtRefusedAsync(transaction, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }

    private async Task LookAtUnshippedAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await JournalStandingStore.SayAsync(transaction, directory.Replica, journal.Standing(), now, cancellationToken);
        await JournalStandingStore.ForgetAsync(transaction, now - Remembered, cancellationToken);
        var late = await JournalStandingStore.ListLateAsync(transaction, now - Limit, cancellationToken);
        if (late.Count == 0)
        {
            await Conditions.EndAsync(transaction, Unshipped, cancellationToken);
        }
        else if (await Conditions.TryBeginAsync(transaction, Unshipped, now, cancellationToken))
        {
            var told = new UsageUnshipped(
                Guid.CreateVersion7(now), [.. late.Select(gateway => gateway.Replica)], late.Sum(gateway => gateway.Unshipped), late[0].OldestAt, now);
            await outbox.AddAsync(transaction, told.EventId, told, cancellationToken);
            LogUnshipped(late[0].OldestAt, told.Attempts);
        }
    }

    private async Task LookAtRefusedAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var condition = Refused + directory.Replica;
        if (deadLetters.IsEmpty)
        {
            await Conditions.EndAsync(transaction, condition, cancellationToken);
        }
        else if (await Conditions.TryBeginAsync(transaction, condition, now, cancellationToken))
        {
            var told = new UsageRefused(Guid.CreateVersion7(now), directory.Replica, Math.Max(1, deadLetters.Count()), now);
            await outbox.AddAsync(transaction, told.EventId, told, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Error, "Usage since {OldestAt} waits in journals, {Attempts} attempts in all: Metering does not take it. Each takes about 1 KB of its gateway's disk until it is taken, and a little of its memory.")]
    private partial void LogUnshipped(DateTimeOffset oldestAt, long attempts);

    [LoggerMessage(LogLevel.Warning, "Looking at the age of unshipped usage failed; trying again.")]
    private partial void LogFailed(Exception exception);
}
