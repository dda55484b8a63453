using Platform.Api.Http;
using Platform.Contracts;

namespace Platform.Api.Spend;

/// <summary>The range that a question about spend names.</summary>
/// <param name="EndsNow">True where it names no end, so that what is recorded while it is answered belongs to it.</param>
internal readonly record struct SpendRange(DateTimeOffset From, DateTimeOffset To, bool EndsNow)
{
    private static readonly TimeSpan QuarterHour = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The quarter hours that the range touches, which is what sums are kept of: the range that is summed, and that an answer names. One that ends now has the quarter
    /// hour that runs.
    /// </summary>
    public SpendRange InQuarterHours() => new(Moments.QuarterHour(From), EndsNow ? After(To) : Moments.QuarterHour(To) == To ? To : After(To), EndsNow);

    /// <summary>The end of the quarter hour that a moment lies in.</summary>
    public static DateTimeOffset After(DateTimeOffset moment) => Moments.QuarterHour(moment) + QuarterHour;

    /// <summary>From `from` and `to`, `since`, or a calendar `period`; absent: the last 30 days.</summary>
    public static SpendRange Read(string? from, string? to, string? since, string? period, string? timeZone, DateTimeOffset now)
    {
        if (period is null)
        {
            var range = TimeRange.Read(from, to, since, timeZone, now);
            return new SpendRange(range.From, range.To, to is null);
        }

        if (from is not null || to is not null || since is not null)
        {
            throw RpcErrors.InvalidArgument("Give period, or from, to and since, not both.");
        }

        var named = TimeRange.Period(period, TimeRange.Zone(timeZone));
        return new SpendRange(named.From, named.To, false);
    }
}
