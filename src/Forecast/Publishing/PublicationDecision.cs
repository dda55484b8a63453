using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Publishing;

/// <summary>What a version would be made from now, and when that changed.</summary>
/// <param name="PlanChanged">First and last change of the plan after the last version; null for none that is dated so.</param>
/// <param name="PolicyApplied">Likewise of routing policies.</param>
/// <param name="CalendarChanged">Likewise of calendars.</param>
internal sealed record InputsNow(
    PublicationInputs Inputs, (DateTimeOffset First, DateTimeOffset Last)? PlanChanged, (DateTimeOffset First, DateTimeOffset Last)? PolicyApplied,
    (DateTimeOffset First, DateTimeOffset Last)? CalendarChanged);

/// <summary>When the service publishes by itself, and why. Pure.</summary>
internal static class PublicationDecision
{
    /// <summary>After midnight (UTC) usage of the day that is over still comes in; what is published later in the day knows it.</summary>
    public static readonly TimeSpan DailyAfter = TimeSpan.FromHours(1);

    /// <summary>Changes that follow each other make one version: it waits for so long without one,</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMinutes(2);

    /// <summary>but no longer than this from the first on.</summary>
    public static readonly TimeSpan MostWait = TimeSpan.FromMinutes(15);

    /// <summary>How often late usage and changed prices are looked at, and a history that is too short looked at again.</summary>
    public static readonly TimeSpan UsageInterval = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan FirstInterval = TimeSpan.FromMinutes(1);

    /// <param name="last">Null: nothing has been published.</param>
    /// <param name="lastDaily">When the last daily version was; null: there was none.</param>
    /// <param name="looked">When the service looked last.</param>
    /// <returns>Null: not now. A change of usage or of prices is then still to be weighed: others' prices are in the book as well.</returns>
    public static PublicationReason? Decide(VersionHead? last, DateTimeOffset? lastDaily, DateTimeOffset looked, InputsNow now, DateTimeOffset clock)
    {
        // The last look made no version: the history is too short, or has become so.
        if (looked > (last?.AsOf ?? DateTimeOffset.MinValue) && clock < looked + FirstInterval)
        {
            return null;
        }

        if (last is null || lastDaily is not { } daily || daily.UtcDateTime.Date < (clock - DailyAfter).UtcDateTime.Date)
        {
            return PublicationReason.Daily;
        }

        if (last.Inputs.Plan != now.Inputs.Plan && HasSettled(now.PlanChanged, clock))
        {
            return PublicationReason.PlanChange;
        }

        if (last.Inputs.Policies != now.Inputs.Policies && HasSettled(now.PolicyApplied, clock))
        {
            return PublicationReason.PolicyChange;
        }

        if (last.Inputs.Calendar != now.Inputs.Calendar && HasSettled(now.CalendarChanged, clock))
        {
            return PublicationReason.CalendarChange;
        }

        return clock < (looked > last.AsOf ? looked : last.AsOf) + UsageInterval ? null
            : last.Inputs.Prices != now.Inputs.Prices ? PublicationReason.PriceChange
            : last.Inputs.Settled != now.Inputs.Settled ? PublicationReason.UsageChange
            : null;
    }

    /// <summary>Late usage, or a price, is news when it moves a month's end by one percent, or makes a projection possible.</summary>
    /// <param name="before">By scope, a month's total as it was published.</param>
    /// <param name="after">As it is now.</param>
    public static bool IsNews(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after) =>
        after.Any(scope => !before.TryGetValue(scope.Key, out var known) || Math.Abs(scope.Value - (double)known) > 0.01 * Math.Max(Math.Abs((double)known), 1));

    private static bool HasSettled((DateTimeOffset First, DateTimeOffset Last)? changed, DateTimeOffset clock) =>
        changed is not { } change || clock >= change.Last + Quiet || clock >= change.First + MostWait;
}
