using System.Diagnostics;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <summary>
/// Posts a batch of rated usage in one transaction:
/// 1. enter the batch into the inbox; 2. lock the wallets in order and read the holds; 3. claim the records that were never posted; 4. decide each in
/// order; 5. write wallets, holds and transfers set-based; 6. commit and tell each item's trace.
/// </summary>
internal sealed partial class PostUsage(LedgerDatabase database, WalletMetrics metrics, TimeProvider time, ILogger<PostUsage> log)
{
    private const string Actor = "metering";

    private static readonly ActivitySource Source = new("Platform.Wallet");

    /// <summary>False when the batch was posted before.</summary>
    public async Task<bool> RunAsync(UsageMetered batch, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var items = batch.Items.Where(PostingDecision.Posts).DistinctBy(item => item.RecordId).ToList();
        var posted = await database.InTransactionAsync(
            async transaction =>
            {
                if (!await Inbox.TryEnterAsync(transaction, Queues.WalletUsageMetered, batch.BatchId, started, cancellationToken))
                {
                    return ((List<UsageMeteredItem>?)null, false);
                }

                return ((List<UsageMeteredItem>?)await PostAsync(transaction, items, cancellationToken), true);
            },
            cancellationToken);
        Trace(posted ?? [], started);
        metrics.Posted(posted?.Count ?? 0);
        return posted is not null;
    }

    private async Task<List<UsageMeteredItem>> PostAsync(
        NpgsqlTransaction transaction, List<UsageMeteredItem> items, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
        {
            return [];
        }

        var attempts = items.Where(item => item.Funding == FundingClass.Leased).Select(item => item.AttemptId).Distinct().ToArray();
        var teams = items.Select(item => WalletAccounts.IdOf(item.TeamId)).Distinct().ToArray();
        var (wallets, holds) = await HoldStore.LockAsync(transaction, attempts, teams, cancellationToken);
        var unknown = items.Any(item => !wallets.Exists(wallet => wallet.TeamId == item.TeamId));
        if (unknown && !wallets.Exists(wallet => wallet.WalletId == WalletAccounts.OrganisationId))
        {
            wallets.AddRange(await LedgerStore.LockAsync(transaction, [WalletAccounts.OrganisationId], cancellationToken));
        }

        var unit = new LedgerUnit(wallets, time.GetUtcNow().TruncateToMicroseconds());
        var rows = items.ConvertAll(item => Row(item, holds.GetValueOrDefault(item.AttemptId), unit));
        var claimed = await PostingStore.ClaimAsync(transaction, rows, unit.Now, cancellationToken);
        var changed = new Dictionary<Guid, HoldSnapshot>();
        foreach (var (item, row) in items.Zip(rows).Where(pair => claimed.Contains(pair.Second.PostingId)))
        {
            Apply(unit, item, row, holds, changed);
        }

        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        LedgerStore.AddTo(batch, unit);
        HoldStore.AddTo(batch, changed.Values, unit.Now);
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        metrics.Recorded(unit);
        return items.FindAll(item => claimed.Contains(item.RecordId));
    }

    private void Apply(
        LedgerUnit unit, UsageMeteredItem item, PostingRow row, Dictionary<Guid, HoldSnapshot> holds, Dictionary<Guid, HoldSnapshot> changed)
    {
        var wallet = unit[row.WalletId];
        if (item.Currency != wallet.Currency)
        {
            throw new InvalidOperationException($"Usage record {item.RecordId} is in {item.Currency}; the organisation's currency is {wallet.Currency}.");
        }

        var decision = PostingDecision.Decide(item, item.Funding == FundingClass.Leased ? holds.GetValueOrDefault(item.AttemptId) : null, wallet);
        if (decision.Source == PostingSource.AvailableUnexpected)
        {
            LogWithoutHold(item.RecordId, item.AttemptId, row.WalletId, item.CostNanos!.Value);
        }

        var details = new TransferDetails(
            Actor, row.OccurredAt, item.Model, AttemptId: item.AttemptId, Marks: holds.GetValueOrDefault(item.AttemptId)?.Marks ?? TransferMarks.None);
        foreach (var move in decision.Moves)
        {
            var ofPosting = move.From == Account.Spent || move.To == Account.Spent;
            unit.Move(row.WalletId, move, ofPosting ? details with { PostingId = row.PostingId } : details);
        }

        if (unit[row.WalletId].Spent < 0)
        {
            // The broker delivers this batch again, after what it corrects.
            throw new InvalidOperationException($"Usage record {item.RecordId} gives back more than {row.WalletId} has spent: what it corrects is not posted yet.");
        }

        if (decision.Hold is { } hold)
        {
            holds[hold.AttemptId] = hold;
            changed[hold.AttemptId] = hold;
        }
    }

    /// <summary>The wallet of the hold, else of the team; usage of a team that nobody knows is the organisation's, for it is never lost.</summary>
    private PostingRow Row(UsageMeteredItem item, HoldSnapshot? hold, LedgerUnit unit)
    {
        var wallet = item.Funding == FundingClass.Leased ? hold?.WalletId : null;
        if (wallet is null || unit.Find(wallet) is null)
        {
            wallet = WalletAccounts.IdOf(item.TeamId);
            if (unit.Find(wallet) is not { } found || found.TeamId != item.TeamId)
            {
                LogUnknownTeam(item.RecordId, item.TeamId);
                wallet = WalletAccounts.OrganisationId;
            }
        }

        return new PostingRow(item.RecordId, item.AttemptId, wallet, item.Model, item.Funding, item.OccurredAt.TruncateToMicroseconds());
    }

    /// <summary>The posting belongs to the attempt's trace and links to the batch that brought it.</summary>
    private void Trace(List<UsageMeteredItem> posted, DateTimeOffset started)
    {
        var consume = Activity.Current?.Context;
        ActivityLink[] links = consume is { } context ? [new ActivityLink(context)] : [];
        foreach (var item in posted)
        {
            // Without a trace of its own the span must not fall into the batch's.
            ActivityContext.TryParse(item.Traceparent, null, isRemote: true, out var parent);
            var current = Activity.Current;
            Activity.Current = null;
            using (var activity = Source.StartActivity("wallet post", ActivityKind.Internal, parent, links: links, startTime: started))
            {
                activity?.SetTag("kt.attempt_id", item.AttemptId.ToString());
                activity?.SetTag("kt.team_id", item.TeamId);
                activity?.SetEndTime(time.GetUtcNow().UtcDateTime);
            }

            Activity.Current = current;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Usage record {RecordId} of attempt {AttemptId} has no open hold; {CostNanos} nanos are taken from {WalletId} itself.")]
    private partial void LogWithoutHold(Guid recordId, Guid attemptId, string walletId, long costNanos);

    [LoggerMessage(LogLevel.Warning, "Usage record {RecordId} names team {TeamId}, which does not exist; the organisation is charged.")]
    private partial void LogUnknownTeam(Guid recordId, string teamId);
}
