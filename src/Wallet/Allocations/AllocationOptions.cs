using System.ComponentModel.DataAnnotations;

namespace Platform.Wallet.Allocations;

public sealed class AllocationOptions
{
    public const string Section = "Allocations";

    /// <summary>Pause between two looks for periods that are over and allocations that are due, in milliseconds.</summary>
    [Range(50, 60_000)]
    public int PollIntervalMs { get; set; } = 1_000;
}
