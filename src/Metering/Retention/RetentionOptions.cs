using System.ComponentModel.DataAnnotations;

namespace Platform.Metering.Retention;

public sealed class RetentionOptions
{
    public const string Section = "Retention";

    /// <summary>Full months of usage records that are kept before the current one; 0 keeps all. Roll-ups are kept for ever.</summary>
    [Range(0, 1_200)]
    public int RecordMonths { get; set; }

    /// <summary>Pause between two looks for months to drop, in minutes.</summary>
    [Range(1, 1_440)]
    public int LookMinutes { get; set; } = 60;
}
