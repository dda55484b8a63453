using System.ComponentModel.DataAnnotations;

namespace Platform.Wallet.Holds;

public sealed class HoldOptions
{
    public const string Section = "Holds";

    /// <summary>Expiry of a pending hold whose creator did not say, in seconds.</summary>
    [Range(1, 86_400)]
    public int DefaultExpirySeconds { get; set; } = 600;

    /// <summary>How long a sent hold may go without a report before it is unknown usage, in seconds. Told to each hold when it is marked sent.</summary>
    [Range(10, 604_800)]
    public int SentLimitSeconds { get; set; } = 900;

    /// <summary>Pause between two looks for holds that are due, in seconds.</summary>
    [Range(1, 300)]
    public int SweepSeconds { get; set; } = 1;

    /// <summary>
    /// Loops that write hold operations, each with a connection of its own; wallets are spread over them. Fewer gather larger batches, more write at the same time: by default
    /// one for every two processors.
    /// </summary>
    [Range(1, 64)]
    public int Writers { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Hold operations that may wait for their answer in this replica, those that wait for funds included; more are refused.</summary>
    [Range(100, 1_000_000)]
    public int QueueLimit { get; set; } = 20_000;
}
