using System.Diagnostics;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Holds;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <summary>
/// Posts a batch of rated usage in one transaction:
/// 1. enter the batch into the inbox; 2. lock the wallets in order and read the holds and leases; 3. claim the records that were never posted; 4. decide each
/// in order; 5. write wallets, holds, leases and transfers set-based; 6. commit and tell each item's trace. A correction or credit note that is here before what it is of holds
/// nothing else up: it is entered among those that wait (<see cref="PostAwaiting"/>) in the transaction that posts the rest, and so is what needs a row that somebody keeps locked. Nor does one that cannot be posted: its batch goes where people see it.
/// </summary>
internal sealed partial class PostUsage(LedgerDatabase database, KeptUsage kept, WalletMetrics metrics, TimeProvider time, ILogger<PostUsage> log)
{
    private const string Actor = "metering";

    /// <param name="BatchId">What is entered as done; null for what is no batch of its own.</param>
    /// <param name="HaveWaited">The items are among those that wait, where they are no longer wanted once posted.</param>
    /// <param name="Reach">Which wallets may get what the items give back.</param>
    private sealed record Round(Guid? BatchId, bool HaveWaited, RefundReach Reach);

    private static readonly ActivitySource Source = new("Platform.Wallet");

    /// <summary>False when the batch was posted before.</summary>
    /// <exception cref="PostingRefusedException">All but what cannot be posted is.</exception>
    public async Task<bool> RunAsync(UsageMetered batch, CancellationToken cancellationToken)
    {
        // Nothing to post, as in an import of history: nothing that a second delivery could repeat either.
        var items = batch.Items.Where(PostingDecision.Posts).DistinctBy(item => item.RecordId).ToList();
        return items.Count == 0 || await PostOrPartAsync(batch.BatchId, items, null, cancellationToken);
    }

    /// <summary>Tries those that wait; what is posted waits no longer.</summary>
    /// <param name="reach">Of those that give back more than their wallet has spent: which others get it.</param>
    /// <exception cref="PostingRefusedException">All but what cannot be posted is, or waits on.</exception>
    public Task TryAgainAsync(List<UsageMeteredItem> awaiting, IReadOnlyDictionary<Guid, RefundReach> reach, CancellationToken cancellationToken) => PostOrPartAsync(null, awaiting, reach, cancellationToken);

    /// <param name="batchId">Null for those that wait.</param>
    /// <param name="reach">As in <see cref="TryAgainAsync"/>; null for those that come for the first time.</param>
    private async Task<bool> PostOrPartAsync(Guid? batchId, List<UsageMeteredItem> items, IReadOnlyDictionary<Guid, RefundReach>? reach, CancellationToken cancellationToken)
    {
        try
        {
            return await PostKnownAsync(batchId, items, reach, cancellationToken);
        }
        catch (Exception exception) when (PostApart.IsOfItems(exception))
        {
            // A part is not all of its batch, so it is not entered as that.
            await new PostApart(part => PostKnownAsync(null, part, reach, cancellationToken), log).RunAsync(items, exception);
            return true;
        }
    }

    /// <summary>Posts all but what comes too early. Whole teams are locked for what their own wallets do not cover alone, and one team at a time.</summary>
    private async Task<bool> PostKnownAsync(Guid? batchId, List<UsageMeteredItem> items, IReadOnlyDictionary<Guid, RefundReach>? reach, CancellationToken cancellationToken)
    {
        var uncovered = new List<UsageMeteredItem>();
        var isNew = await PostCoveredAsync(new Round(batchId, reach is not null, RefundReach.Charged), items, item => ReachOf(item) != RefundReach.Charged, uncovered, cancellationToken);
        foreach (var ofTeam in uncovered.GroupBy(item => (item.TeamId, Reach: ReachOf(item))))
        {
            await PostCoveredAsync(new Round(null, true, ofTeam.Key.Reach), [.. ofTeam], _ => false, [], cancellationToken);
        }

        return isNew;

        RefundReach ReachOf(UsageMeteredItem item) => reach?.GetValueOrDefault(item.RecordId) ?? RefundReach.Charged;
    }

    /// <param name="mayBeDivided">Of what gives back more than the round's wallets have spent.</param>
    /// <param name="uncovered">Takes those; the others wait.</param>
    private async Task<bool> PostCoveredAsync(
        Round round, List<UsageMeteredItem> items, Predicate<UsageMeteredItem> mayBeDivided, List<UsageMeteredItem> uncovered, CancellationToken cancellationToken)
    {
        var awaiting = new List<AwaitingUsage>();
        PutOff(await kept.FindAsync(items, waitedInVain: false, cancellationToken));
        while (true)
        {
            try
            {
                return await PostAsync(round, items, awaiting, cancellationToken);
            }
            catch (PostgresException exception) when (LedgerDatabase.IsKept(exception))
            {
                // Whatever is kept of a whole team's, the rest of its wallets would not do.
                var whys = round.Reach == RefundReach.Charged ? await kept.FindAsync(items, waitedInVain: true, cancellationToken) : KeptUsage.WhysOf(items);
                if (whys.Count == 0)
                {
                    throw;
                }

                PutOff(whys);
            }
            catch (RecordAwaitedException early)
            {
                var divided = early.GivesBackMore ? items.FindAll(item => early.Whys.ContainsKey(item.RecordId) && mayBeDivided(item)) : [];
                uncovered.AddRange(divided);
                items = [.. items.Except(divided)];
                PutOff(early.Whys);
            }
        }

        void PutOff(IReadOnlyDictionary<Guid, string> whys)
        {
            awaiting.AddRange(items.Where(item => whys.ContainsKey(item.RecordId)).Select(item => new AwaitingUsage(item, whys[item.RecordId], time.GetUtcNow())));
            items = items.FindAll(item => !whys.ContainsKey(item.RecordId));
        }
    }

    /// <param name="awaiting">What cannot be posted yet.</param>
    private async Task<bool> PostAsync(Round round, List<UsageMeteredItem> items, List<AwaitingUsage> awaiting, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var posted = await database.InTransactionAsync(
            async transaction =>
            {
                if (round.BatchId is { } entered && !await Inbox.TryEnterAsync(transaction, Queues.WalletUsageMetered, entered, started, cancellationToken))
                {
                    return ((List<UsageMeteredItem>?)null, false);
                }

                var posted = items.Count == 0 ? [] : await PostAsync(transaction, items, round.Reach, cancellationToken);
                if (awaiting.Count > 0)
                {
                    await AwaitingStore.AddAsync(transaction, awaiting, started.TruncateToMicroseconds(), cancellationToken);
                }

                if (round.HaveWaited && items.Count > 0)
                {
                    await AwaitingStore.RemoveAsync(transaction, [.. items.Select(item => item.RecordId)], cancellationToken);
                }

                CrashPoint.Reach(CrashPoints.PostBeforeCommit);
                return ((List<UsageMeteredItem>?)posted, true);
            },
            cancellationToken);
        CrashPoint.Reach(CrashPoints.PostAfterCommit);
        Trace(posted ?? [], started);
        metrics.Posted(posted?.Count ?? 0);
        return posted is not null;
    }

    private async Task<List<UsageMeteredItem>> PostAsync(
        NpgsqlTransaction transaction, List<UsageMeteredItem> items, RefundReach reach, CancellationToken cancellationToken)
    {
        var state = await LockAsync(transaction, items, reach, cancellationToken);
        RequireRecords(items, state);
        var unit = new LedgerUnit(state.Wallets, time.GetUtcNow().TruncateToMicroseconds());
        var rows = items.ConvertAll(item => Row(item, state, unit));
        var claimed = await PostingStore.ClaimAsync(transaction, rows, unit.Now, cancellationToken);
        var (holds, leases) = (new Dictionary<Guid, HoldSnapshot>(), new Dictionary<Guid, LeaseSnapshot>());
        var (adjusted, uncovered) = (new List<AdjustedSpend>(), new Dictionary<Guid, string>());
        foreach (var (item, row) in items.Zip(rows).Where(pair => claimed.Contains(pair.Second.PostingId)))
        {
            if (Apply(unit, item, row, state, reach, adjusted) is not { } decision)
            {
                uncovered.Add(item.RecordId, $"it gives back more than {row.WalletId} {WhoElse(reach)} spent");
                continue;
            }

            if (decision.Hold is { } hold)
            {
                state.Holds[hold.AttemptId] = holds[hold.AttemptId] = hold;
            }

            if (decision.Lease is { } lease)
            {
                unit.AddDrawn(lease.WalletId, lease.Unposted - state.Leases[lease.LeaseId].Unposted);
                state.Leases[lease.LeaseId] = leases[lease.LeaseId] = lease;
            }

            state.Posted.TryAdd(item.AttemptId, row.WalletId);
        }

        if (uncovered.Count > 0)
        {
            throw new RecordAwaitedException(uncovered, givesBackMore: true);
        }

        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        LedgerStore.AddTo(batch, unit);
        HoldStore.AddTo(batch, holds.Values, unit.Now);
        LeaseStore.AddTo(batch, leases.Values, unit.Now);
        AdjustedSpendStore.AddTo(batch, adjusted, unit.Now);
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        metrics.Recorded(unit);
        return items.FindAll(item => claimed.Contains(item.RecordId));
    }

    private static string WhoElse(RefundReach reach) => reach switch
    {
        RefundReach.Charged => "has",
        RefundReach.Team => "and the other wallets of its team have",
        RefundReach.Organisation => "and the other wallets of its team and the organisation's have",
    };

    private static async Task<PostingState> LockAsync(NpgsqlTransaction transaction, List<UsageMeteredItem> items, RefundReach reach, CancellationToken cancellationToken)
    {
        List<string> receiving = reach == RefundReach.Charged ? [] : await PostingStore.ListWalletsAsync(transaction, [.. items.Select(item => item.TeamId).Distinct()], cancellationToken);
        if (reach == RefundReach.Organisation)
        {
            receiving.Add(WalletAccounts.OrganisationId);
        }

        var leased = items.FindAll(item => item.Funding == FundingClass.Leased);
        PostingState state;
        do
        {
            state = await PostingStore.LockAsync(
                transaction,
                [.. leased.Select(item => item.AttemptId).Distinct()],
                [.. leased.Select(item => item.LeaseId).OfType<Guid>().Distinct()],
                [.. items.SelectMany(item => WalletAccounts.Candidates(item.TeamId, item.UserId, item.ApplicationId)).Concat(receiving).Distinct()],
                [.. items.Where(item => item.CorrectsRecordId is not null).Select(item => item.AttemptId).Distinct()],
                cancellationToken);
        }
        while (HasUnlocked(state)); // A hold that was made meanwhile, in another wallet than its usage names: its wallet is known now.

        var teams = state.Wallets.Select(wallet => wallet.TeamId).ToHashSet();
        if (items.Exists(item => !teams.Contains(item.TeamId)) && !teams.Contains(""))
        {
            state.Wallets.AddRange(await LedgerStore.LockAsync(transaction, [WalletAccounts.OrganisationId], cancellationToken));
        }

        return state;
    }

    private static bool HasUnlocked(PostingState state)
    {
        var locked = state.Wallets.Select(wallet => wallet.WalletId).ToHashSet();
        return state.Holds.Values.Any(hold => hold.WalletId is { } walletId && !locked.Contains(walletId))
            || state.Leases.Values.Any(lease => !locked.Contains(lease.WalletId));
    }

    /// <exception cref="RecordAwaitedException">Corrections are here before anything of their attempts, which their own items do not bring either.</exception>
    private static void RequireRecords(List<UsageMeteredItem> items, PostingState state)
    {
        var known = state.Posted.Keys.ToHashSet();
        var awaiting = new Dictionary<Guid, string>();
        foreach (var item in items)
        {
            if (item.AwaitsRecord && !known.Contains(item.AttemptId))
            {
                awaiting.Add(item.RecordId, "nothing of what they correct is posted yet");
            }
            else
            {
                known.Add(item.AttemptId);
            }
        }

        if (awaiting.Count > 0)
        {
            throw new RecordAwaitedException(awaiting, givesBackMore: false);
        }
    }

    /// <param name="adjusted">Takes what money without tokens does to what is spent.</param>
    /// <returns>Null, and nothing is done, when it gives back more than the wallets within reach have spent.</returns>
    private PostingDecision? Apply(LedgerUnit unit, UsageMeteredItem item, PostingRow row, PostingState state, RefundReach reach, List<AdjustedSpend> adjusted)
    {
        var wallet = unit[row.WalletId];
        if (item.Currency != wallet.Currency)
        {
            throw new InvalidOperationException($"Usage record {item.RecordId} is in {item.Currency}; the organisation's currency is {wallet.Currency}.");
        }

        var (hold, lease) = (HoldOf(item, state), LeaseOf(item, state));
        var decision = PostingDecision.Decide(
            item, hold, lease, wallet, isPosted: item.CorrectsRecordId is not null && state.Posted.ContainsKey(item.AttemptId));
        if (decision.Source == PostingSource.AvailableUnexpected)
        {
            LogWithoutHold(item.RecordId, item.AttemptId, row.WalletId, item.CostNanos!.Value);
        }

        // Entries of held and suspense are the lease's where a transfer names it, so one out of a hold does not.
        var ofLease = decision.Source == PostingSource.Lease;
        var details = new TransferDetails(
            Actor, row.OccurredAt, item.Model, AttemptId: item.AttemptId, Marks: hold?.Marks ?? TransferMarks.None, LeaseId: ofLease ? lease!.LeaseId : null);
        if ((decision.Source == PostingSource.Refund ? Refunds(unit, item, wallet, state, reach) : [(row.WalletId, item.CostNanos!.Value, decision.Moves)]) is not { } parts)
        {
            return null;
        }

        foreach (var (walletId, cost, moves) in parts)
        {
            Move(walletId, moves);
            if (item.IsAdjustment)
            {
                adjusted.Add(new AdjustedSpend(item.RecordId, walletId, cost));
            }
        }

        return decision;

        void Move(string walletId, IReadOnlyList<Move> moves)
        {
            foreach (var move in moves)
            {
                var ofPosting = move.From == Account.Spent || move.To == Account.Spent;
                unit.Move(
                    walletId, move, ofPosting ? details with { PostingId = row.PostingId } : details, ofLease ? lease!.CapAccounts : hold?.CapAccounts);
                if (move is { Kind: TransferKind.Overage, Amount: > 0 })
                {
                    LogOverage(item.RecordId, item.AttemptId, item.Model, walletId, move.Amount);
                }
            }
        }
    }

    // What gives back may overtake the usage that it is of: it waits for that. What still cannot be posted then goes by its team, whose calls were charged to other wallets too.
    private List<(string WalletId, long Cost, IReadOnlyList<Move> Moves)>? Refunds(LedgerUnit unit, UsageMeteredItem item, WalletAccounts charged, PostingState state, RefundReach reach)
    {
        if (RefundParts.Of(-item.CostNanos!.Value, charged, item.TeamId, reach, state.Wallets.Select(wallet => unit[wallet.WalletId])) is not { } parts)
        {
            return null;
        }

        foreach (var (walletId, amount) in parts.Where(part => part.WalletId != charged.WalletId))
        {
            LogDivided(item.RecordId, item.AttemptId, charged.WalletId, amount, walletId);
        }

        return [.. parts.Select(part => (part.WalletId, -part.Amount, (IReadOnlyList<Move>)PostingDecision.Refund(part.Amount)))];
    }

    /// <summary>The hold that a leased attempt is paid from; an id that was released before it was ever held is none.</summary>
    private static HoldSnapshot? HoldOf(UsageMeteredItem item, PostingState state) =>
        item.Funding == FundingClass.Leased && state.Holds.GetValueOrDefault(item.AttemptId) is { WalletId: not null } hold ? hold : null;

    private static LeaseSnapshot? LeaseOf(UsageMeteredItem item, PostingState state) =>
        item.Funding == FundingClass.Leased && item.LeaseId is { } leaseId ? state.Leases.GetValueOrDefault(leaseId) : null;

    /// <summary>
    /// The wallet of the hold or the lease, of a correction the one that its attempt was charged to, else the one that a call of this user, application and team is
    /// charged to; usage of a team that nobody knows is the organisation's, for it is never lost.
    /// </summary>
    private PostingRow Row(UsageMeteredItem item, PostingState state, LedgerUnit unit)
    {
        var wallet = item.CorrectsRecordId is not null && state.Posted.TryGetValue(item.AttemptId, out var charged) ? charged
            : HoldOf(item, state)?.WalletId ?? LeaseOf(item, state)?.WalletId;
        if (wallet is null || unit.Find(wallet) is null)
        {
            wallet = WalletAccounts.Candidates(item.TeamId, item.UserId, item.ApplicationId)
                .FirstOrDefault(candidate => unit.Find(candidate)?.TeamId == item.TeamId);
            if (wallet is null)
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

    [LoggerMessage(LogLevel.Warning, "Usage record {RecordId} of attempt {AttemptId} has no open hold or lease; {CostNanos} nanos are taken from {WalletId} itself.")]
    private partial void LogWithoutHold(Guid recordId, Guid attemptId, string walletId, long costNanos);

    [LoggerMessage(LogLevel.Warning, "Usage record {RecordId} of attempt {AttemptId} ({Model}) costs {OverageNanos} nanos more than {WalletId} had for it.")]
    private partial void LogOverage(Guid recordId, Guid attemptId, string model, string walletId, long overageNanos);

    [LoggerMessage(LogLevel.Warning, "Usage record {RecordId} of attempt {AttemptId} gives back more than {WalletId} has spent: {AmountNanos} nanos of it go to {ReceivingId}.")]
    private partial void LogDivided(Guid recordId, Guid attemptId, string walletId, long amountNanos, string receivingId);

    [LoggerMessage(LogLevel.Warning, "Usage record {RecordId} names team {TeamId}, which does not exist; the organisation is charged.")]
    private partial void LogUnknownTeam(Guid recordId, string teamId);
}
