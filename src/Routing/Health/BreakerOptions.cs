using System.ComponentModel.DataAnnotations;

namespace Platform.Routing.Health;

/// <summary>When a target is left alone, and for how long. What counts as a failure: no connection, no answer in time, 5xx.</summary>
public sealed class BreakerOptions
{
    public const string Section = "Breaker";

    /// <summary>So many failures in a row open the breaker.</summary>
    [Range(1, 1000)]
    public int ConsecutiveFailures { get; set; } = 5;

    /// <summary>So many failures of all attempts within the window open it too, in percent; 100 means: only those in a row do.</summary>
    [Range(1, 100)]
    public int FailurePercent { get; set; } = 50;

    /// <summary>Attempts within the window below which its failure rate says nothing.</summary>
    [Range(1, 100_000)]
    public int MinimumAttempts { get; set; } = 20;

    /// <summary>The window, in seconds.</summary>
    [Range(1, 3600)]
    public int WindowSeconds { get; set; } = 30;

    /// <summary>How long an open breaker lets nothing through, in seconds; doubled each time that the attempt after it fails.</summary>
    [Range(1, 3600)]
    public int CoolDownSeconds { get; set; } = 1;

    [Range(1, 3600)]
    public int MaxCoolDownSeconds { get; set; } = 60;

    /// <summary>So many attempts must succeed, one after another, before all are let through again.</summary>
    [Range(1, 100)]
    public int ProbesToClose { get; set; } = 2;
}
