using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Layers;

/// <summary>Money that comes or ends by the calendar.</summary>
/// <param name="From">When it comes; null: it is there.</param>
/// <param name="Nanos">What comes, or what is left of it now.</param>
/// <param name="EndsAt">Null: never.</param>
/// <param name="Returns">What is unspent at its end goes back to the wallet above; else it stays, without an end.</param>
internal readonly record struct FundsPart(DateTimeOffset? From, long Nanos, DateTimeOffset? EndsAt, bool Returns);

/// <summary>What wallets can spend: what is there, and what comes and ends by the calendar, as Wallet does it (allocations.proto). Pure.</summary>
/// <param name="AvailableNanos">What is undrawn in leases included.</param>
/// <param name="OverageNanos">Repaid first by whatever comes in.</param>
internal sealed record SpendableFunds(long AvailableNanos, long OverageNanos = 0)
{
    private const int MostTold = 4;

    /// <summary>In the order in which they are spent: what ends first, and without an end last. What is available beyond those that are there has no end.</summary>
    public IReadOnlyList<FundsPart> Parts { get; init; } = [];

    /// <summary>Of it, the next that Wallet could not make at its time for want of money above, and that is not counted.</summary>
    public long WaitingNanos { get; init; }

    /// <summary>That of what the calendar brings and ends; empty where that is nothing.</summary>
    public string Currency { get; init; } = "";

    /// <summary>How many of its wallets calls are charged to: the organisation's own, whose money is in it, is asked by none but those that overflow. Null: not known.</summary>
    public long? Wallets { get; init; }

    /// <summary>Of them, those that only observe: they let calls through beyond what they have. A frozen one lets none through. Null: not known.</summary>
    public long? Observing { get; init; }

    /// <summary>That some or all of them only observe, for people; empty: none does, or it is not known.</summary>
    public string ObservingNote => Observing is null or 0 ? ""
        : Observing < Wallets ? string.Create(CultureInfo.InvariantCulture, $"{Observing} of {Wallets} wallets only observe: calls charged to them go on when they are empty.")
        : Wallets == 1 ? "Its wallet only observes: calls go on when it is empty."
        : string.Create(CultureInfo.InvariantCulture, $"All {Wallets} wallets only observe: calls go on when they are empty.");

    public static SpendableFunds Of(WalletView wallet) => new(wallet.AvailableNanos + wallet.LeasedUndrawnNanos, wallet.OverageNanos) { Wallets = IsCharged(wallet) ? 1 : 0, Observing = OnlyObserves(wallet) ? 1 : 0 };

    public static SpendableFunds Of(WalletView wallet, IEnumerable<Allocation> allocations, HorizonCalendar horizon) => Of(wallet).With([.. allocations], horizon);

    /// <summary>Calls that ask for more than it has are let through.</summary>
    public static bool OnlyObserves(WalletView wallet) => IsCharged(wallet) && wallet.Policy is { Observe: true, Frozen: false };

    /// <summary>All of them together, without what the calendar brings.</summary>
    public static SpendableFunds Of(IEnumerable<WalletView> wallets) => wallets.Select(wallet => Of(wallet)).Aggregate(new SpendableFunds(0) { Wallets = 0, Observing = 0 }, (sum, one) =>
        new(sum.AvailableNanos + one.AvailableNanos, sum.OverageNanos + one.OverageNanos) { Wallets = sum.Wallets + one.Wallets, Observing = sum.Observing + one.Observing });

    /// <summary>Planned ahead, and there with an end. What is due is taken to come: whether the wallet above will have it is not known.</summary>
    /// <param name="horizon">Nothing is looked at that comes later.</param>
    public SpendableFunds With(IReadOnlyList<Allocation> allocations, HorizonCalendar horizon) => allocations.Count == 0 ? this : this with
    {
        Parts = [.. allocations.SelectMany(allocation => There(allocation).Concat(Ahead(allocation, horizon)))
            .OrderBy(part => part.EndsAt ?? DateTimeOffset.MaxValue).ThenBy(part => part.From ?? DateTimeOffset.MinValue)],
        Currency = allocations[0].Currency,
        WaitingNanos = allocations.Where(allocation => allocation.State == AllocationState.Waiting).Sum(allocation => allocation.AmountNanos),
    };

    /// <summary>What of the calendar is in figures up to a day, for people; empty: nothing.</summary>
    public string Sentence(BillingCalendar calendar, DateOnly until)
    {
        var end = calendar.StartOf(until);
        string[] told =
        [
            .. Parts.Where(part => part.EndsAt <= end && part.From is null).Select(part => (At: part.EndsAt!.Value, Text: $"what is left of {Rough(part.Nanos)} {(part.Returns ? "goes back" : "stays, without an end")} on"))
                .Concat(Parts.Where(part => part.From <= end).Select(part => (At: part.From!.Value, Text: $"{Rough(part.Nanos)} {(part.EndsAt is null ? "comes" : "comes for a time")} on")))
                .OrderBy(part => part.At).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Text} {calendar.DayOf(part.At):yyyy-MM-dd}")),
        ];
        var counted = told.Length == 0 ? "" : $"Counted: {string.Join("; ", told.Take(MostTold))}{(told.Length > MostTold ? $"; and {told.Length - MostTold} more" : "")}.";
        var waits = WaitingNanos == 0 ? "" : $"{Rough(WaitingNanos)} was due and waits for money in the wallet above: it is not counted.";
        return string.Join(" ", new[] { counted, waits }.Where(sentence => sentence.Length > 0));
    }

    private static bool IsCharged(WalletView wallet) => wallet.TeamId.Length > 0;

    /// <summary>What is set aside at the end of a period returns or is spent: it is not available.</summary>
    private static IEnumerable<FundsPart> There(Allocation allocation) => allocation.Periods.Where(period => period is { Ending: false, Ended: false, EndsAt: not null })
        .Select(period => new FundsPart(null, period.RemainingNanos, period.EndsAt.ToDateTimeOffset(), allocation.AtEnd == PeriodEnd.Return));

    /// <summary>What waits has no date, nor have the months that began since. Of a monthly one those to come have theirs: one that is late takes no other with it.</summary>
    private static IEnumerable<FundsPart> Ahead(Allocation allocation, HorizonCalendar horizon)
    {
        var isMonthly = allocation.Recurrence == Recurrence.Monthly;
        if (allocation is not { State: AllocationState.Planned or AllocationState.Waiting, DueAt: not null } || (!CalendarPeriod.TryFindZone(allocation.TimeZone, out var zone) && isMonthly))
        {
            yield break;
        }

        var (first, today, until) = (allocation.DueAt.ToDateTimeOffset(), horizon.Calendar.StartOf(horizon.Today), horizon.Calendar.StartOf(horizon.Today.AddDays(horizon.Days)));
        for (var due = first; due < until;)
        {
            var end = isMonthly ? CalendarPeriod.Containing(CalendarUnit.Month, zone!, due).To : allocation.EndsAt?.ToDateTimeOffset();
            if (allocation.State == AllocationState.Planned || (due > first && due > today))
            {
                yield return new FundsPart(due, allocation.AmountNanos, end, allocation.AtEnd == PeriodEnd.Return);
            }

            due = isMonthly ? end!.Value : until;
        }
    }

    private string Rough(long nanos) => new Money(nanos).ToRoundedString(Currency);
}
