using System.ComponentModel.DataAnnotations;

namespace Platform.Wallet.Leases;

public sealed class LeaseOptions
{
    public const string Section = "Leases";

    /// <summary>What gateways read of a section of this name.</summary>
    public static readonly string[] OfGateways = ["AnswerSeconds", "HorizonSeconds", "IdleSeconds", "MinBounds", "StopSeconds", "WaitMs"];

    /// <summary>How long a holder may draw after it sent the call that was answered, in seconds.</summary>
    [Range(5, 300)]
    public int TtlSeconds { get; set; } = 30;

    /// <summary>How much longer Wallet waits before it acts on a silent holder, in seconds: above twice what the clocks of two replicas may differ (5).</summary>
    [Range(11, 300)]
    public int GraceSeconds { get; set; } = 20;

    /// <summary>How long a refusal waits for a recalled lease's answer, in milliseconds.</summary>
    [Range(100, 30_000)]
    public int RecallTimeoutMs { get; set; } = 1_000;

    /// <summary>When a holder that was told to use holds asks again, in milliseconds.</summary>
    [Range(100, 60_000)]
    public int RetryAfterMs { get; set; } = 1_000;

    /// <summary>How long what is drawn from a closed lease may wait for its usage records before an operator has to look, in hours.</summary>
    [Range(1, 720)]
    public int ClosedLimitHours { get; set; } = 24;

    /// <summary>A holder whose stream was not seen for so many seconds does not count.</summary>
    [Range(3, 60)]
    public int HolderLiveSeconds { get; set; } = 5;

    /// <summary>Pause between two looks for leases that are due, in seconds.</summary>
    [Range(1, 60)]
    public int SweepSeconds { get; set; } = 1;

    public TimeSpan RecallTimeout => TimeSpan.FromMilliseconds(RecallTimeoutMs);

    /// <summary>When silence after this moment has a consequence.</summary>
    internal DateTimeOffset ExpiryFrom(DateTimeOffset now) => now.AddSeconds(TtlSeconds + GraceSeconds);

    /// <summary>Full seconds that a holder may draw from now on: never past the end of the lease's period.</summary>
    internal int TtlFrom(DateTimeOffset now, DateTimeOffset? endsAt) =>
        endsAt is { } end ? (int)Math.Clamp(Math.Floor((end - now).TotalSeconds), 0, TtlSeconds) : TtlSeconds;
}
