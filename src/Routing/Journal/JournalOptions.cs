using System.ComponentModel.DataAnnotations;

namespace Platform.Routing.Journal;

public sealed class JournalOptions
{
    public const string Section = "Journal";

    /// <summary>Where the replicas' folders lie; must outlive the process.</summary>
    [Required(ErrorMessage = "Journal:Directory is missing: set Journal__Directory to a folder that outlives the process.")]
    public string Directory { get; set; } = "";

    /// <summary>
    /// How often what was written is forced to the disk, in milliseconds. A killed process loses nothing; a power failure loses at most what was
    /// written in this window.
    /// </summary>
    [Range(1, 10_000)]
    public int FlushIntervalMs { get; set; } = 50;

    /// <summary>A segment that has grown to this many bytes is sealed and the next one begun.</summary>
    [Range(4 * 1024, 1024 * 1024 * 1024)]
    public int SegmentBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// Of how many finished attempts, waiting for Metering, the usage is kept in memory, some 2 KB each; that of any others is read from the journal when its turn comes. 0: of all.
    /// </summary>
    [Range(0, 10_000_000)]
    public int HeldUsage { get; set; } = 20_000;

    /// <summary>How old usage that Metering has not taken may be before it is an alert and makes the gateway's health degraded, in seconds.</summary>
    [Range(10, 86_400)]
    public int UnshippedAfterSeconds { get; set; } = 600;
}

/// <summary>The journal cannot take a record: no attempt may be sent.</summary>
public sealed class JournalUnwritableException(string message, Exception? inner = null) : Exception(message, inner);
