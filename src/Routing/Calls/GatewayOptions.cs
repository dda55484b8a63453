using System.ComponentModel.DataAnnotations;

namespace Platform.Routing.Calls;

public sealed class GatewayOptions : IValidatableObject
{
    public const string Section = "Gateway";

    /// <summary>The largest body that a call may have, in bytes.</summary>
    [Range(1024, 100 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>Bytes of bodies above 64 KiB that a replica holds at once, until their calls have ended.</summary>
    [Range(1024, 1L << 40)]
    public long LargeBodiesBytes { get; set; } = 512 * 1024 * 1024;

    /// <summary>Of these, bytes of one team.</summary>
    [Range(1024, 1L << 40)]
    public long LargeBodiesBytesPerTeam { get; set; } = 128 * 1024 * 1024;

    /// <summary>How long a body above 64 KiB may take to come, in seconds: 10 MiB need 120 on a line of 0.7 Mbit/s.</summary>
    [Range(1, 3600)]
    public int LargeBodySeconds { get; set; } = 120;

    /// <summary>The largest plain answer that is taken from a provider, in bytes.</summary>
    [Range(1024, 1024 * 1024 * 1024)]
    public int MaxAnswerBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Bytes of plain answers above 64 KiB that a replica holds at once, until their callers have taken them; one answer more goes beyond that.</summary>
    [Range(1024, 1L << 40)]
    public long LargeAnswersBytes { get; set; } = 512 * 1024 * 1024;

    // Those of time are for targets whose policy names none of its own.

    /// <summary>How long a provider may take until its answer begins, in seconds.</summary>
    [Range(1, 3600)]
    public int FirstByteSeconds { get; set; } = 120;

    /// <summary>How long a stream may take until its first token, in seconds: comments and pings keep the line open, and end no wait for it.</summary>
    [Range(1, 3600)]
    public int FirstTokenSeconds { get; set; } = 300;

    /// <summary>How long a provider may be silent within an answer, in seconds.</summary>
    [Range(1, 3600)]
    public int SilenceSeconds { get; set; } = 60;

    /// <summary>How long a caller may take nothing of a stream while more of it waits for him, in seconds, before he counts as gone; and how long a large plain answer waits for the room that others take.</summary>
    [Range(1, 3600)]
    public int CallerSeconds { get; set; } = 60;

    /// <summary>
    /// How long a call may take in all, its attempts together, in seconds; also when its caller is gone and the rest is read for its usage.
    /// </summary>
    [Range(1, 24 * 3600)]
    public int TotalSeconds { get; set; } = 600;

    /// <summary>
    /// How long Wallet may take to set money aside, in seconds: above the longest that a wallet's policy lets a call wait for funds (60). A Wallet that is gone
    /// is noticed much sooner.
    /// </summary>
    [Range(1, 120)]
    public int HoldSeconds { get; set; } = 65;

    /// <summary>Whether what is sent to providers leaves by the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names, but for hosts of NO_PROXY.</summary>
    public bool UseEgressProxy { get; set; }

    /// <summary>When the gateway stops: how long calls under way may still take, in seconds. What is not ended by then is found in the journal at the next start.</summary>
    [Range(0, 3600)]
    public int DrainSeconds { get; set; } = 20;

    /// <summary>When the wallet cannot pay the default output cap: the lowest cap, in tokens, that is worth a call.</summary>
    [Range(1, 1_000_000)]
    public int MinOutputTokens { get; set; } = 16;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Math.Min(LargeBodiesBytes, LargeBodiesBytesPerTeam) < MaxBodyBytes)
        {
            yield return new ValidationResult(
                "LargeBodiesBytes and LargeBodiesBytesPerTeam must be at least MaxBodyBytes: a body above them would never be taken.", [nameof(LargeBodiesBytes), nameof(LargeBodiesBytesPerTeam)]);
        }
    }
}
