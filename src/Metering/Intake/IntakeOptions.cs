using System.ComponentModel.DataAnnotations;

namespace Platform.Metering.Intake;

public sealed class IntakeOptions
{
    public const string Section = "Intake";

    /// <summary>Transactions that write usage at a time in this replica, each with a connection of its own.</summary>
    [Range(1, 16)]
    public int Writers { get; set; } = 2;

    /// <summary>Events that a transaction takes at most, and no more than one request's beyond.</summary>
    [Range(1, 100_000)]
    public int GroupEvents { get; set; } = 10_000;

    /// <summary>Events that may wait to be written in this replica; requests beyond are refused before anything is done.</summary>
    [Range(1_000, 10_000_000)]
    public int QueueEvents { get; set; } = 100_000;
}
