using System.ComponentModel.DataAnnotations;

namespace Platform.Wallet.Holds;

public sealed class HoldOptions
{
    public const string Section = "Holds";

    /// <summary>Expiry of a pending hold whose creator did not say, in seconds.</summary>
    [Range(1, 86_400)]
    public int DefaultExpirySeconds { get; set; } = 600;

    /// <summary>How long a sent hold may go without a report before it is unknown usage, in seconds.</summary>
    [Range(10, 604_800)]
    public int SentLimitSeconds { get; set; } = 900;

    /// <summary>Pause between two looks for holds that are due, in seconds.</summary>
    [Range(1, 300)]
    public int SweepSeconds { get; set; } = 1;
}
