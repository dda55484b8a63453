namespace Platform.Wallet.Identity;

/// <summary>Why a key cannot be rotated, in order of precedence.</summary>
internal enum RotationVerdict
{
    /// <summary>Revoked or expired, and nothing has replaced it.</summary>
    Ended,

    /// <summary>Unfreeze it first: a successor would undo the freeze.</summary>
    Frozen,

    /// <summary>It has a successor already, whether it still works itself or not: rotate that one.</summary>
    Replaced,

    Rotate,
}

/// <param name="EndsAt">When the key itself ends.</param>
/// <param name="SuccessorEndsAt">When its successor ends; null for never.</param>
internal sealed record Rotation(RotationVerdict Verdict, DateTimeOffset EndsAt, DateTimeOffset? SuccessorEndsAt);

internal static class RotationDecision
{
    /// <summary>The longest time that a key may work beside its successor.</summary>
    public static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    /// <param name="overlap">0 to <see cref="LongestOverlap"/>; it never lengthens the key's life.</param>
    /// <param name="wantedEnd">Of the successor; null for the key's own lifetime again, or never when it had no end.</param>
    public static Rotation Decide(KeyRow key, TimeSpan overlap, DateTimeOffset? wantedEnd, DateTimeOffset now)
    {
        var overlapEnd = now + overlap;
        var verdict = key.At(now) switch
        {
            KeyState.Revoked or KeyState.Expired => key.ReplacedBy.Length > 0 ? RotationVerdict.Replaced : RotationVerdict.Ended,
            KeyState.Frozen => RotationVerdict.Frozen,
            KeyState.Active => key.ReplacedBy.Length > 0 ? RotationVerdict.Replaced : RotationVerdict.Rotate,
        };
        return new Rotation(
            verdict, key.ExpiresAt < overlapEnd ? key.ExpiresAt.Value : overlapEnd, wantedEnd ?? (now + (key.ExpiresAt - key.CreatedAt)));
    }
}
