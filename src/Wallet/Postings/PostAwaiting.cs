using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Postgres.DeadMessages;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <summary>
/// Posts usage that could not be posted when it came: corrections and credit notes that came before what they are of, once that is there, and what needs a row that another transaction keeps locked, once
/// that lock goes, however long it takes (decision 0291). Tried every second at first, every half minute after two. Metering tells everything within minutes, so a correction
/// that has waited for an hour waits for what Wallet will not hear of by itself: it goes to the dead messages, where people see it. Only time in which Wallet has looked without a break counts: while it
/// was away, what they wait for could not come either.
/// </summary>
internal sealed partial class PostAwaiting(
    AwaitingStore store, PostUsage post, LedgerDatabase database, WalletMetrics metrics, TimeProvider time, ILogger<PostAwaiting> log) : BackgroundService
{
    internal static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>How long what gives back more than its wallet has spent waits for usage that it has overtaken, before the other wallets of its team get the rest. The organisation's does at the end.</summary>
    internal static readonly TimeSpan DividedAfter = TimeSpan.FromMinutes(1);

    private const int ItemsATry = 250;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly UnbrokenLooks _looks = new(time, longestGap: TimeSpan.FromSeconds(30));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(LookAsync, LogFailed, LookInterval, time, log, stoppingToken);

    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var lookedSince = _looks.Begin();
        List<AwaitingUsage> due;
        do
        {
            var now = time.GetUtcNow().TruncateToMicroseconds();
            due = await store.TakeDueAsync(now, ItemsATry, cancellationToken);
            if (due.Count > 0)
            {
                await TryAsync(due, lookedSince, now, cancellationToken);
            }
        }
        while (due.Count == ItemsATry);

        (metrics.AwaitingUsage, metrics.KeptUsage) = await store.CountAsync(cancellationToken);
        _looks.End(lookedSince);
    }

    private async Task TryAsync(List<AwaitingUsage> due, DateTimeOffset lookedSince, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await post.TryAgainAsync(due.ConvertAll(usage => usage.Item), due.ToDictionary(usage => usage.Item.RecordId, usage => ReachAt(Waited(usage))), cancellationToken);
        }
        catch (PostingRefusedException refused)
        {
            await GiveUpAsync([.. refused.RecordIds], _ => refused, now, cancellationToken);
        }

        var overdue = due.Where(usage => Waited(usage) >= Longest).Select(usage => usage.Item.RecordId).ToArray();
        if (overdue.Length > 0)
        {
            await GiveUpAsync(overdue, left => new RecordAwaitedException(left.ToDictionary(usage => usage.Item.RecordId, usage => usage.Why), givesBackMore: false), now, cancellationToken);
        }

        TimeSpan Waited(AwaitingUsage usage) => now - (usage.Since > lookedSince ? usage.Since : lookedSince);
    }

    private static RefundReach ReachAt(TimeSpan waited) => waited >= Longest ? RefundReach.Organisation : waited >= DividedAfter ? RefundReach.Team : RefundReach.Charged;

    /// <summary>Those that still wait become one dead message. Not those whose lock is kept: nothing is wrong with them, and nobody need decide.</summary>
    private async Task GiveUpAsync(Guid[] recordIds, Func<List<AwaitingUsage>, Exception> failure, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.InTransactionAsync(
            async transaction =>
            {
                var left = await AwaitingStore.RemoveAsync(transaction, recordIds, cancellationToken, exceptWhy: KeptUsage.Why);
                if (left.Count > 0)
                {
                    var batch = new UsageMetered(Guid.CreateVersion7(now), left.ConvertAll(usage => usage.Item));
                    var why = failure(left);
                    LogGivenUp(why, batch.BatchId, left.Count);
                    await SetAside.AddAsync(
                        transaction, Queues.WalletUsageMetered, new OwedEvent(batch.BatchId, new UsageRepublished(batch)), why, now, cancellationToken);
                }

                return (left.Count, true);
            },
            cancellationToken);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} with {Corrections} corrections and credit notes that could not be posted waits for a decision: kt messages dead list.")]
    private partial void LogGivenUp(Exception exception, Guid messageId, int corrections);

    [LoggerMessage(LogLevel.Warning, "Posting usage that waited failed; trying again.")]
    private partial void LogFailed(Exception exception);
}
