namespace Platform.Routing;

/// <summary>The steps of the gateway between which a crash must do no harm: see <see cref="ServiceDefaults.Faults.CrashPoint"/> and the table in docs/architecture.md.</summary>
internal static class CrashPoints
{
    public const string LeaseAfterGrant = "routing.lease.after_grant";
    public const string LeaseAfterJournal = "routing.lease.after_journal";
    public const string LeaseBeforeReport = "routing.lease.before_report";
    public const string LeaseAfterReport = "routing.lease.after_report";
    public const string LeaseBeforeClose = "routing.lease.before_close";
    public const string LeaseAfterClose = "routing.lease.after_close";
    public const string AttemptAfterDraw = "routing.attempt.after_draw";
    public const string AttemptAfterIntent = "routing.attempt.after_intent";
    public const string AttemptAfterHold = "routing.attempt.after_hold";
    public const string AttemptAfterSending = "routing.attempt.after_sending";
    public const string AttemptBeforeEnd = "routing.attempt.before_end";
    public const string AttemptAfterEnd = "routing.attempt.after_end";
    public const string RouteAfterDecide = "routing.route.after_decide";
    public const string RouteAfterMarkSent = "routing.route.after_mark_sent";
    public const string RouteBeforeReport = "routing.route.before_report";
    public const string RouteAfterReport = "routing.route.after_report";
    public const string ItemAfterStart = "routing.item.after_start";
    public const string ItemBeforeEnd = "routing.item.before_end";
    public const string UsageAfterRecord = "routing.usage.after_record";
    public const string SuspendAfterAnswer = "routing.suspend.after_answer";
    public const string RecoveryAfterEnds = "routing.recovery.after_ends";
}
