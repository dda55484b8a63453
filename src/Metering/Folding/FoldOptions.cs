using System.ComponentModel.DataAnnotations;

namespace Platform.Metering.Folding;

public sealed class FoldOptions
{
    public const string Section = "Folding";

    /// <summary>Pause between two looks for spans and weeks whose sums are to be added up, in seconds.</summary>
    [Range(1, 3_600)]
    public int LookSeconds { get; set; } = 60;
}
