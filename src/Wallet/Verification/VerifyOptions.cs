using System.ComponentModel.DataAnnotations;

namespace Platform.Wallet.Verification;

public sealed class VerifyOptions
{
    public const string Section = "Verify";

    /// <summary>Pause between two verifications of new entries by the service itself, in seconds.</summary>
    [Range(1, 86_400)]
    public int IntervalSeconds { get; set; } = 900;
}
