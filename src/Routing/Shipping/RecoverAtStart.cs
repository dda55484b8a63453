using Platform.Contracts.Metering.V1;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.ServiceDefaults.Faults;

namespace Platform.Routing.Shipping;

/// <summary>What an attempt that an earlier process left behind still owes.</summary>
internal enum RecoveryAction
{
    Nothing,
    Release,
    Suspend,
    SuspendDraw,
    Ship,
}

/// <summary>
/// Takes up what an earlier process left in the journal: the ends that it could not write are written, and everything owed is queued. The queues deliver
/// when Wallet and Metering answer; new calls do not wait for it.
/// </summary>
internal sealed partial class RecoverAtStart(AttemptJournal journal, HoldEndings holds, UsageShipper shipper, ILogger<RecoverAtStart> log) : IHostedService
{
    private const string CrashedBeforeSending = "gateway ended before sending";
    private const string CrashedAfterSending = "gateway ended while the provider answered, usage unknown";

    /// <param name="isLeased">It was drawn from a lease, which gets back by its totals what the attempt did not use.</param>
    public static RecoveryAction Decide(JournalKind last, bool isLeased) => last switch
    {
        JournalKind.Finished => RecoveryAction.Ship,
        JournalKind.Intent => RecoveryAction.Release,
        JournalKind.Unsent => isLeased ? RecoveryAction.Nothing : RecoveryAction.Release,
        JournalKind.Sending or JournalKind.Unknown => RecoveryAction.Suspend,
        JournalKind.Leased or JournalKind.LeasedUnknown or JournalKind.LeasedRefused => RecoveryAction.SuspendDraw,
        JournalKind.Refused or JournalKind.LeaseTotal or JournalKind.LeaseClosed => RecoveryAction.Nothing,
    };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var damage in journal.Damages)
        {
            LogDamage(damage);
        }

        foreach (var attempt in journal.Recovered)
        {
            Recover(attempt);
        }

        CrashPoint.Reach(CrashPoints.RecoveryAfterEnds);
        LogRecovered(journal.Recovered.Count);
        journal.ForgetRecovered();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Recover(RecoveredAttempt attempt)
    {
        switch (Decide(attempt.Last.Kind, attempt.IsLeased))
        {
            case RecoveryAction.Release:
                holds.Release(attempt.AttemptId, EndReason(attempt, JournalKind.Unsent, CrashedBeforeSending));
                break;
            case RecoveryAction.Suspend:
                holds.Suspend(EventOf(attempt), attempt.Intent.AmountNanos, EndReason(attempt, JournalKind.Unknown, CrashedAfterSending));
                break;
            case RecoveryAction.SuspendDraw:
                SuspendDraw(attempt);
                break;
            case RecoveryAction.Ship:
                if (!attempt.IsLeased)
                {
                    holds.Report(attempt.AttemptId, attempt.Last.AmountNanos);
                }

                shipper.Ship(attempt.AttemptId, attempt.Last.Event, attempt.Last.AmountNanos);
                break;
            case RecoveryAction.Nothing:
                journal.Acknowledge(attempt.AttemptId);
                break;
        }
    }

    /// <summary>Of one that was finished, and refused by Metering, it may have been left on the disk.</summary>
    private UsageEvent EventOf(RecoveredAttempt attempt)
    {
        using var reader = new JournalReader(journal);
        return attempt.Intent.Event ?? reader.Read(attempt.AttemptId)!;
    }

    /// <summary>An attempt without an end has drawn its bound for good, and its lease's total says so from here on.</summary>
    private void SuspendDraw(RecoveredAttempt attempt)
    {
        var last = attempt.Last;
        if (last.Kind == JournalKind.Leased)
        {
            last = last with { Kind = JournalKind.LeasedUnknown, Text = CrashedAfterSending };
            journal.Append(last);
        }

        holds.SuspendDraw(last.Event!, last.AmountNanos, last.Text);
    }

    /// <summary>The reason that the earlier process wrote, or this one's after writing it.</summary>
    private string EndReason(RecoveredAttempt attempt, JournalKind end, string reason)
    {
        if (attempt.Last.Kind == end)
        {
            return attempt.Last.Text;
        }

        journal.Append(new JournalRecord(end, attempt.AttemptId, Text: reason));
        return reason;
    }

    [LoggerMessage(LogLevel.Information, "Taken up {Attempts} attempts from the journal.")]
    private partial void LogRecovered(int attempts);

    [LoggerMessage(LogLevel.Warning, "Journal: {Damage}")]
    private partial void LogDamage(string damage);
}
