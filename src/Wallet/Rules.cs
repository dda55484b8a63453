using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;

namespace Platform.Wallet;

/// <summary>Checks of requests that every operation needs; each throws the error that the contract names.</summary>
internal static class Rules
{
    private const int LongestSearch = 200;

    /// <summary>Throws INVALID_ARGUMENT with the problem; nothing when there is none.</summary>
    public static void Require(string? problem, string reason = Reasons.InvalidArgument)
    {
        if (problem is not null)
        {
            throw RpcErrors.InvalidArgument(problem, reason);
        }
    }

    public static void RequireIdempotencyKey(string key) => Require(Validation.IdempotencyKey(key));

    /// <summary>An id made by the caller: a UUID in any of its usual spellings, not all zero.</summary>
    public static Guid RequireAttemptId(string value) => RequireId("attempt_id", value);

    public static Guid RequireLeaseId(string value) => RequireId("lease_id", value);

    private static Guid RequireId(string name, string value) => Guid.TryParse(value, out var id) && id != Guid.Empty
        ? id
        : throw RpcErrors.InvalidArgument($"{name} must be a UUID, and not all zeros.");

    /// <summary>PostgreSQL's text and JSON have no NUL: one in a field would fail the transaction that it is written in.</summary>
    public static void RequireNoNul(string name, params ReadOnlySpan<string> values)
    {
        foreach (var value in values)
        {
            Require(!value.Contains('\0') ? null : $"{name} must have no NUL character.");
        }
    }

    /// <summary>What ids and names are to begin with; empty for any.</summary>
    public static void RequireSearch(string search) => Require(Validation.Text("search", search, 0, LongestSearch));

    /// <summary>A moment at microsecond precision; null when the field is absent.</summary>
    public static DateTimeOffset? ReadMoment(string name, Timestamp? value)
    {
        // Years 1 to 9999, and less than a second of nanoseconds, as protobuf says.
        Require(value is null or { Seconds: >= -62_135_596_800 and <= 253_402_300_799, Nanos: >= 0 and <= 999_999_999 } ? null : $"{name} is no valid moment.");
        return value.ToMoment()?.TruncateToMicroseconds();
    }
}
