using Microsoft.Extensions.Options;
using Platform.Metering.Intake;
using Platform.Postgres;

namespace Platform.Metering.Retention;

/// <summary>
/// Drops usage records by month once they are older than is kept. (1) From now on nothing of before is taken in: an old event that is told again finds its identity,
/// which stays, or is refused. (2) Each month is noted, so that who asks for it is told, then taken out and dropped. Roll-ups stay as they are.
/// </summary>
internal sealed partial class DropOldUsage(
    Watermark watermark, PartitionStore partitions, IOptions<RetentionOptions> options, TimeProvider time, ILogger<DropOldUsage> log) : BackgroundService
{
    /// <summary>Answers how many months were dropped.</summary>
    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (options.Value.RecordMonths == 0)
        {
            return 0;
        }

        var keptFrom = UsagePartitions.MonthOf(time.GetUtcNow()).AddMonths(-options.Value.RecordMonths);
        return await partitions.AloneAsync(
            async connection =>
            {
                await watermark.KeepFromAsync(keptFrom, cancellationToken);
                var old = (await PartitionStore.ListAsync(connection, cancellationToken)).FindAll(partition => partition.Month < keptFrom);
                foreach (var partition in old)
                {
                    await DroppedMonths.NoteAsync(connection, partition, cancellationToken);
                    await PartitionStore.DropAsync(connection, partition, cancellationToken);
                    LogDropped(partition.Month, keptFrom);
                }

                return old.Count;
            },
            cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        LookLoop.RunAsync(RunAsync, LogFailed, TimeSpan.FromMinutes(options.Value.LookMinutes), time, log, stoppingToken);

    [LoggerMessage(LogLevel.Information, "Dropped the usage records of {Month:yyyy-MM}: records are kept from {KeptFrom:yyyy-MM} on, roll-ups for ever.")]
    private partial void LogDropped(DateTimeOffset month, DateTimeOffset keptFrom);

    [LoggerMessage(LogLevel.Warning, "Old usage records could not be dropped; trying again at the next look.")]
    private partial void LogFailed(Exception exception);
}
