namespace Platform.Metering;

/// <summary>The steps of Metering's operations at which a fault test may end the process: see <see cref="ServiceDefaults.Faults.CrashPoint"/>.</summary>
internal static class CrashPoints
{
    /// <summary>A group of events is known in its transaction; no record is written.</summary>
    public const string IntakeAfterIdentities = "metering.intake.after_identities";

    /// <summary>Its records are written too; no roll-up, no event for others.</summary>
    public const string IntakeAfterRecords = "metering.intake.after_records";

    /// <summary>Everything is written, nothing committed.</summary>
    public const string IntakeBeforeCommit = "metering.intake.before_commit";

    /// <summary>It is durable; no caller has been answered.</summary>
    public const string IntakeAfterCommit = "metering.intake.after_commit";
}
