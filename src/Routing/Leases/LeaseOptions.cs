using System.ComponentModel.DataAnnotations;

namespace Platform.Routing.Leases;

public sealed class LeaseOptions
{
    public const string Section = "Leases";

    /// <summary>What Wallet reads of a section of this name.</summary>
    public static readonly string[] OfWallet = ["ClosedLimitHours", "GraceSeconds", "HolderLiveSeconds", "RecallTimeoutMs", "RetryAfterMs", "SweepSeconds", "TtlSeconds"];

    /// <summary>How much demand a slice should cover, in seconds of the drawn money's rate.</summary>
    [Range(1, 300)]
    public int HorizonSeconds { get; set; } = 20;

    /// <summary>The smallest slice that is asked for, in bounds of a typical call.</summary>
    [Range(20, 100_000)]
    public int MinBounds { get; set; } = 400;

    /// <summary>A lease without a draw for this long is given back, in seconds.</summary>
    [Range(1, 3600)]
    public int IdleSeconds { get; set; } = 30;

    /// <summary>How long a call waits for more money in a dry lease before it asks for a hold of its own, in milliseconds.</summary>
    [Range(1, 60_000)]
    public int WaitMs { get; set; } = 1_000;

    /// <summary>How long Wallet may take to answer an operation on a lease, in seconds.</summary>
    [Range(1, 60)]
    public int AnswerSeconds { get; set; } = 5;

    /// <summary>When the gateway stops: how long it tries to give its leases back after its calls have ended, in seconds.</summary>
    [Range(0, 60)]
    public int StopSeconds { get; set; } = 5;
}
