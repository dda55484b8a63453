using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>Whether calls ask for more than period caps of the organisation and of teams leave (decision 0266).</summary>
internal static class CapOutlooks
{
    /// <param name="totals">Of the team whose cap it is, or of the organisation.</param>
    /// <param name="confidence">Share of futures that the needed amount is to cover.</param>
    /// <param name="notes">What it leaves out, a sentence each; empty ones are none.</param>
    public static CapOutlook Of(Cap cap, DailyTotals totals, CurrentForecast current, double confidence, params string[] notes)
    {
        var outlook = new CapOutlook
        {
            CapId = cap.CapId, TeamId = TeamOf(cap), Period = cap.Period, TimeZone = cap.TimeZone, AmountNanos = cap.AmountNanos, Source = cap.Source,
            Note = cap.Problem.Length > 0 ? cap.Problem : string.Join(' ', notes.Prepend(Since(cap, current.Horizon)).Where(sentence => sentence.Length > 0)),
        };
        if (cap.PeriodTo is null)
        {
            return outlook;
        }

        // What gateways hold ahead of calls is no spend: the calls that will draw it are in the futures.
        var (spent, ends) = (Nanos.Sum(Math.Max(0, cap.UsedNanos - cap.UndrawnNanos), cap.UncountedNanos), cap.PeriodTo.ToDateTimeOffset());
        var (rest, passed) = (totals.Until(ends, current), AmountPassed.Of(Math.Max(0, cap.AmountNanos - spent), ends, totals, current));
        (outlook.SpentNanos, outlook.PeriodEnd, outlook.NeededNanos) = (spent, cap.PeriodTo, Nanos.Sum(spent, Quantile(rest, confidence)));
        (outlook.Reached, outlook.Early, outlook.Expected, outlook.Late) = (passed.Share, passed.Early, passed.Expected, passed.Late);
        if (NextOf(cap, ends, current.Horizon) is { } next)
        {
            long[] inNext = [.. totals.Until(next, current).Zip(rest, (all, before) => all - before)];
            (outlook.ReachedNext, outlook.NeededNextNanos) = (inNext.Count(nanos => nanos > cap.AmountNanos) / (double)inNext.Length, Quantile(inNext, confidence));
        }

        return outlook;
    }

    /// <summary>In the order of <see cref="Ordered"/>.</summary>
    public static IEnumerable<CapOutlook> Of(IEnumerable<Cap> caps, DailyTotals totals, CurrentForecast current, double confidence, params string[] notes) => caps
        .Select(cap => Of(cap, totals, current, confidence, notes)).Ordered();

    /// <summary>Those that most futures reach come first, of as many those that half of them reach earlier, then by id. One of which nothing is known stands above all.</summary>
    public static IEnumerable<CapOutlook> Ordered(this IEnumerable<CapOutlook> caps) => caps
        .OrderByDescending(cap => cap.HasReached ? cap.Reached : 2).ThenBy(cap => cap.Expected?.ToDateTimeOffset() ?? DateTimeOffset.MaxValue).ThenBy(cap => cap.CapId, StringComparer.Ordinal);

    /// <summary>Empty: it is on all calls.</summary>
    public static string TeamOf(Cap cap) => cap.Scope == CapScope.Team ? cap.ScopeId : "";

    /// <summary>What caps refused, in a sentence; empty where nothing was. It is in no spend and no total (the layered forecast's baseline has it, and control takes it away), so that who has been held by a cap for weeks seems to ask for no more than it.</summary>
    /// <param name="nanos">Of the team, whichever cap it was, in the last four weeks, at what calls cost of their bounds.</param>
    public static string Refused(long nanos, string currency) => nanos <= 0 ? "" : string.Create(CultureInfo.InvariantCulture,
        $"Caps, whichever it was, refused calls of {new Money(nanos).ToComparableString(currency)} in the last four weeks, which are in no total, and in neither the chance nor the need of a cap; one that was tried again counts each time.");

    /// <summary>Which calls a cap does not refuse, in a sentence; empty where it refuses all that ask for more than it leaves.</summary>
    /// <param name="wallets">Of the team, or of all teams.</param>
    public static string Observing(IReadOnlyCollection<WalletView> wallets) => wallets.Count(SpendableFunds.OnlyObserves) is var observing && observing == 0 ? ""
        : observing == wallets.Count ? "It refuses nothing: what its calls are charged to only observes, and lets through what asks for more than it leaves."
        : string.Create(CultureInfo.InvariantCulture, $"{observing} of {wallets.Count} wallets only observe: calls charged to them are let through beyond it.");

    /// <summary>Of a cap that was set, or set again, within its period, and of which nobody has said what was spent before; empty otherwise.</summary>
    private static string Since(Cap cap, HorizonCalendar horizon)
    {
        // A Wallet of an earlier version does not say when it was set again.
        var since = cap.CountsSince ?? cap.CreatedAt;
        if (cap is not { PeriodFrom: not null, UncountedUntil: null } || since is null || since <= cap.PeriodFrom)
        {
            return "";
        }

        var day = horizon.Calendar.DayOf(since.ToDateTimeOffset());
        return since == (cap.CreatedAt ?? since)
            ? string.Create(CultureInfo.InvariantCulture, $"It counts since it was set, on {day:yyyy-MM-dd}: what its period had cost before is not in it.")
            : string.Create(CultureInfo.InvariantCulture, $"It was removed, and set again on {day:yyyy-MM-dd}: what its period had cost while it did not count is not in it.");
    }

    /// <summary>When the period after the running one ends; null where its calendar is not known here, or that is beyond the days.</summary>
    private static DateTimeOffset? NextOf(Cap cap, DateTimeOffset ends, HorizonCalendar horizon) =>
        CalendarPeriod.TryFindZone(cap.TimeZone, out var zone) && CalendarPeriod.Containing((CalendarUnit)cap.Period, zone, ends).To is var to
            && to <= horizon.Calendar.StartOf(horizon.Today.AddDays(horizon.Days)) ? to : null;

    private static long Quantile(long[] totals, double confidence) => PathTotals.Quantile([.. totals.Order()], confidence);
}
