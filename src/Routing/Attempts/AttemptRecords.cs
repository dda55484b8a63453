using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.Routing.Pricing;
using Platform.Routing.Shipping;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults.Faults;

namespace Platform.Routing.Attempts;

/// <summary>
/// Every step of an attempt's life, journalled first and then told to those it concerns. Steps before sending throw when the journal refuses; the ends
/// do not: what a provider has answered is still reported and shipped from memory, and only what a lease gets back waits for the journal.
/// </summary>
internal sealed partial class AttemptRecords(
    AttemptJournal journal, UnwrittenEnds unwritten, HoldEndings holds, UsageShipper shipper, RoutingMetrics metrics, ReplicaDirectory replica,
    TimeProvider time, ILogger<AttemptRecords> log)
{
    /// <summary>A hold is about to be asked for. Of a draw from a lease nobody is asked: <see cref="Sending"/> is its first record.</summary>
    /// <exception cref="JournalUnwritableException">The attempt may not go on.</exception>
    public void Intend(Attempt attempt) => journal.Append(new JournalRecord(
        JournalKind.Intent, attempt.AttemptId, attempt.Bound.Nanos, attempt.Price.Currency, attempt.ToEvent(replica.Replica)));

    /// <exception cref="JournalUnwritableException">The attempt may not be sent.</exception>
    public void Sending(Attempt attempt)
    {
        journal.Append(attempt.Lease is null
            ? new JournalRecord(JournalKind.Sending, attempt.AttemptId)
            : new JournalRecord(JournalKind.Leased, attempt.AttemptId, attempt.Bound.Nanos, attempt.Price.Currency, attempt.Told = attempt.ToEvent(replica.Replica)));
        CrashPoint.Reach(CrashPoints.AttemptAfterSending);
        attempt.Sent = time.GetTimestamp();
        attempt.AwaitsEnd = attempt.Call.IsSent = true;
        attempt.Activity?.SetTag("kt.attempt_id", attempt.AttemptId);
    }

    /// <summary>
    /// The provider has answered and what it used is known. Answers the cost in nano-units; null when it was billed at a tier that has no price: Metering keeps it as unpriced, which is alerted, and its
    /// bound stays set aside until there is one.
    /// </summary>
    public long? Finish(Attempt attempt, CallUsage usage, Outcome outcome)
    {
        attempt.Call.Limits.Use(usage.TotalTokens);
        attempt.ProviderLimits.Use(usage.TotalTokens);
        var bill = attempt.Prices.BillOf(usage);
        var counts = usage.ToCounts(bill.Price ?? attempt.Price);
        var finished = attempt.Told ?? attempt.ToEvent(replica.Replica);
        finished.UndeliveredPpm = attempt.UndeliveredPpm;
        (finished.ServiceTier, finished.Region, finished.PriceId) = (bill.Tier, bill.Region, bill.Price?.PriceId ?? 0);
        finished.Tokens = CallUsage.ToTokens(counts);
        finished.Outcome = outcome;
        long? cost = bill.Price is { } price ? Rater.Rate(price, counts, UsageCalls.BilledOf(finished)).TotalNanos : null;
        var owed = cost ?? attempt.Bound.Nanos;
        finished.GatewayMs = Milliseconds(attempt.Started, attempt.Sent);
        finished.FirstTokenMs = Milliseconds(attempt.Sent, attempt.Answered);
        if (outcome != Outcome.Failed)
        {
            AddOtherCosts(attempt, usage, finished);
        }

        finished.TotalMs = Milliseconds(attempt.Started, time.GetTimestamp());
        TellUnusual(attempt, bill, cost);
        End(attempt, new JournalRecord(JournalKind.Finished, attempt.AttemptId, owed, Event: finished), Math.Min(owed, attempt.Bound.Nanos));
        if (attempt.Lease is null)
        {
            holds.Report(attempt.AttemptId, owed);
        }

        shipper.Ship(attempt.AttemptId, finished, owed);
        metrics.Finished(attempt, counts, outcome, time.GetElapsedTime(attempt.Started), time.GetElapsedTime(attempt.Started, attempt.Sent), cost > attempt.Bound.Nanos);
        return cost;
    }

    private void TellUnusual(Attempt attempt, TierBill bill, long? cost)
    {
        if (cost is null)
        {
            LogUnpricedTier(attempt.AttemptId, attempt.Target.Name, bill.Tier, attempt.Target.Provider.Name, attempt.Target.Model);
        }
        else if (cost > attempt.Bound.Nanos)
        {
            LogAboveBound(attempt.AttemptId, attempt.Target.Name, cost.Value, attempt.Bound.Nanos);
        }
    }

    /// <summary>Nothing went upstream: its bound goes back whole.</summary>
    public void Unsent(Attempt attempt, string reason)
    {
        attempt.IsUnsent = true;
        End(attempt, new JournalRecord(JournalKind.Unsent, attempt.AttemptId, Text: reason), spentNanos: 0);
        if (attempt.Lease is null)
        {
            holds.Release(attempt.AttemptId, reason);
        }
        else
        {
            journal.Acknowledge(attempt.AttemptId);
        }

        metrics.Ended(attempt, "unsent");
    }

    /// <summary>Funded, and not to be sent after all; the journal knows of a hold's intent at most.</summary>
    public void Undo(Attempt attempt, string reason)
    {
        if (attempt.Lease is null)
        {
            Unsent(attempt, reason);
            return;
        }

        // Nobody but the lease knows of it.
        attempt.Lease.GiveBack(attempt.Bound.Nanos, spentNanos: 0);
        metrics.Ended(attempt, "unsent");
    }

    /// <summary>Sent, and nobody knows what it used: its bound waits in suspense.</summary>
    public void Unknown(Attempt attempt, string reason)
    {
        attempt.Call.MayBeBilled = true;
        attempt.Call.Limits.UseEstimate();
        attempt.ProviderLimits.UseEstimate();
        var bound = attempt.Bound.Nanos;
        var known = attempt.ToEvent(replica.Replica);
        if (attempt.Lease is null)
        {
            End(attempt, new JournalRecord(JournalKind.Unknown, attempt.AttemptId, Text: reason), bound);
            holds.Suspend(known, bound, reason);
        }
        else
        {
            End(attempt, new JournalRecord(JournalKind.LeasedUnknown, attempt.AttemptId, bound, reason, known), bound);
            holds.SuspendDraw(known, bound, reason);
        }

        metrics.Ended(attempt, "unknown");
        LogUnknown(attempt.AttemptId, attempt.Target.Name, reason);
    }

    /// <summary>The wallet refused: nothing is owed to anyone.</summary>
    public void Refused(Attempt attempt)
    {
        End(attempt, new JournalRecord(JournalKind.Refused, attempt.AttemptId), spentNanos: 0);
        journal.Acknowledge(attempt.AttemptId);
        metrics.Ended(attempt, "refused");
    }

    /// <summary>What the same tokens would have cost elsewhere: the price of staying available, what a lane saved, and what a rule would have saved.</summary>
    private static void AddOtherCosts(Attempt attempt, CallUsage usage, UsageEvent finished)
    {
        if (CostAt(attempt.PrimaryPrice, usage) is { } primary)
        {
            finished.PrimaryCostNanos = primary;
        }

        if (CostAt(attempt.DefaultPrice, usage) is { } byDefault)
        {
            finished.DefaultCostNanos = byDefault;
        }

        if (CostAt(attempt.ShadowPrice, usage) is { } shadow)
        {
            finished.ShadowCostNanos = shadow;
        }
    }

    /// <summary>Null: there is no such price, or it is beyond any figure, which must not keep the attempt's own cost from being recorded.</summary>
    private static long? CostAt(Price? price, CallUsage usage)
    {
        try
        {
            return price is null ? null : Rater.Rate(price, usage.ToCounts(price)).TotalNanos;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private void End(Attempt attempt, JournalRecord record, long spentNanos)
    {
        attempt.AwaitsEnd = false;
        CrashPoint.Reach(CrashPoints.AttemptBeforeEnd);
        try
        {
            journal.Append(record);
        }
        catch (JournalUnwritableException exception)
        {
            // It is delivered from memory; a crash before it is written leaves the attempt to recovery, which suspends or releases it.
            LogEndNotJournalled(exception, record.AttemptId, record.Kind);
            unwritten.Keep(record, () => attempt.Lease?.GiveBack(attempt.Bound.Nanos, spentNanos));
            return;
        }

        CrashPoint.Reach(CrashPoints.AttemptAfterEnd);
        attempt.Lease?.GiveBack(attempt.Bound.Nanos, spentNanos);
    }

    private long Milliseconds(long from, long to) => from == 0 || to == 0 ? 0 : (long)time.GetElapsedTime(from, to).TotalMilliseconds;

    [LoggerMessage(LogLevel.Error, "Attempt {AttemptId} at {Target} was billed at the tier {Tier}, of which there is no price: its bound stays set aside until kt prices set {Provider} {Model} --tier {Tier} says one.")]
    private partial void LogUnpricedTier(Guid attemptId, string target, string tier, string provider, string model);

    [LoggerMessage(LogLevel.Warning, "Attempt {AttemptId} at {Target} cost {CostNanos} nanos, above its bound of {BoundNanos}.")]
    private partial void LogAboveBound(Guid attemptId, string target, long costNanos, long boundNanos);

    [LoggerMessage(LogLevel.Warning, "The usage of attempt {AttemptId} at {Target} is unknown ({Reason}); its bound is in suspense.")]
    private partial void LogUnknown(Guid attemptId, string target, string reason);

    [LoggerMessage(LogLevel.Critical, "The end {Kind} of attempt {AttemptId} could not be journalled.")]
    private partial void LogEndNotJournalled(Exception exception, Guid attemptId, JournalKind kind);
}
