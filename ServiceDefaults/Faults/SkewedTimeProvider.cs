using System.Globalization;

namespace Platform.ServiceDefaults.Faults;

/// <summary>
/// A clock that is off by a constant, for tests of what replicas with different clocks do to each other. The monotonic clock is not touched: intervals are
/// true on every machine. Set by <c>KT_CLOCK_SKEW_MS</c>.
/// </summary>
public sealed class SkewedTimeProvider(TimeSpan skew) : TimeProvider
{
    public TimeSpan Skew => skew;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + skew;

    /// <summary>The system's clock, or a skewed one where the environment asks for it.</summary>
    public static TimeProvider FromEnvironment() =>
        Environment.GetEnvironmentVariable("KT_CLOCK_SKEW_MS") is { Length: > 0 } skew
            ? new SkewedTimeProvider(TimeSpan.FromMilliseconds(int.Parse(skew, CultureInfo.InvariantCulture)))
            : System;
}
