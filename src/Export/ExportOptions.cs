using System.ComponentModel.DataAnnotations;
using Platform.Export.Objects;
using Platform.Export.Objects.S3;

namespace Platform.Export;

internal sealed class ExportOptions : IValidatableObject
{
    public const string Section = "Export";

    /// <summary>Where exports go: folder or s3. It is said, and never guessed from what else is set.</summary>
    public ObjectStoreKind Store { get; set; } = ObjectStoreKind.Folder;

    /// <summary>Where the embedded object store keeps its buckets, one folder each. Replicas share it. With S3 it is where earlier runs are read from; empty: they are not.</summary>
    public string Directory { get; set; } = "";

    /// <summary>With the folder it is where earlier runs are read from.</summary>
    public S3Options S3 { get; set; } = new();

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

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Store == ObjectStoreKind.Folder && Directory.Length == 0)
        {
            yield return new ValidationResult("Export:Directory is missing: set the environment variable Export__Directory to the folder that holds the buckets.");
        }

        if (Store == ObjectStoreKind.S3 && !S3.IsSetUp)
        {
            yield return new ValidationResult(
                "Export:Store is s3, and nothing says which: set Export__S3__Region to the buckets' region, or Export__S3__Endpoint to what speaks S3 and is not Amazon's.");
        }

        foreach (var problem in S3.Problems())
        {
            yield return new ValidationResult(problem);
        }
    }
}
