using System.ComponentModel.DataAnnotations;

namespace Platform.Routing.Scheduled;

public sealed class ScheduledOptions
{
    public const string Section = "Scheduled";

    /// <summary>Items that a replica runs at once. Over all replicas: a limit of parallel_requests on the lane.</summary>
    [Range(0, 1_000)]
    public int Parallel { get; set; } = 8;

    /// <summary>How long answers are kept after a batch has ended, in days; then the batch and all of it is deleted.</summary>
    [Range(1, 365)]
    public int RetainDays { get; set; } = 7;

    /// <summary>Items of one batch.</summary>
    [Range(1, 1_000_000)]
    public int MaxItems { get; set; } = 50_000;

    /// <summary>The largest file, in bytes.</summary>
    [Range(1024, 2_000_000_000)]
    public long MaxFileBytes { get; set; } = 200 * 1024 * 1024;

    /// <summary>Items that a team may have in batches that have not ended, over all replicas. A batch counts whole until its end.</summary>
    [Range(1, 100_000_000)]
    public long MaxWaitingItemsPerTeam { get; set; } = 500_000;

    /// <summary>Likewise, bytes of their requests.</summary>
    [Range(1024, 1_000_000_000_000)]
    public long MaxWaitingBytesPerTeam { get; set; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Files that a replica takes in at once; each may take MaxFileBytes on the disk meanwhile.</summary>
    [Range(1, 1_000)]
    public int Uploads { get; set; } = 16;

    /// <summary>Of these, files of one team.</summary>
    [Range(1, 1_000)]
    public int UploadsPerTeam { get; set; } = 4;

    /// <summary>Results that a replica sends at once; each holds 4 MiB of answers in memory, or one of any size.</summary>
    [Range(1, 1_000)]
    public int ResultFetches { get; set; } = 16;

    /// <summary>Of these, fetches of one team.</summary>
    [Range(1, 1_000)]
    public int ResultFetchesPerTeam { get; set; } = 4;

    /// <summary>Where files are kept until all of them is there; empty: the machine's folder for what is temporary. Not the journal's disk: no call passes when that is full.</summary>
    public string SpoolDirectory { get; set; } = "";

    /// <summary>When the gateway stops: how long items under way may still take, in seconds. What has not ended by then is unknown.</summary>
    [Range(0, 3600)]
    public int DrainSeconds { get; set; } = 20;
}
