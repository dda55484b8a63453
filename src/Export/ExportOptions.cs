using System.ComponentModel.DataAnnotations;

namespace Platform.Export;

public sealed class ExportOptions
{
    public const string Section = "Export";

    /// <summary>Where the embedded object store keeps its buckets, one folder each. Replicas share it.</summary>
    [Required(ErrorMessage = "Export:Directory is missing: set the environment variable Export__Directory to the folder that holds the buckets.")]
    public string Directory { get; set; } = "";

    /// <summary>BillingAccountId of FOCUS files: whom finance charges the platform's costs to.</summary>
    [Required(AllowEmptyStrings = false), StringLength(200)]
    public string BillingAccountId { get; set; } = "organisation";

    /// <summary>BillingAccountName of FOCUS files; empty for none.</summary>
    [StringLength(200)]
    public string BillingAccountName { get; set; } = "";

    /// <summary>How many runs one replica writes at once.</summary>
    [Range(1, 64)]
    public int MaxConcurrentRuns { get; set; } = 4;

    /// <summary>How many previews one replica reads at once; what is asked for beyond is refused. Each reads as much of Metering as its run would.</summary>
    [Range(1, 64)]
    public int MaxConcurrentPreviews { get; set; } = 2;

    /// <summary>How often due jobs and open runs are looked for, in milliseconds. Runs asked for on this replica do not wait for it.</summary>
    [Range(50, 60_000)]
    public int PollIntervalMs { get; set; } = 1_000;
}
