using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;

namespace Platform.Metering.Budgets;

/// <summary>
/// Compares hours and days of budgets that ask for it with the same ones of the weeks before: days by all usage, hours by what was told as it happened, both without money that is of no usage. What leaves its band
/// is kept once; an event is owed for the first of several in a row, and, where a snooze kept that one back, for the one that runs when it is over.
/// </summary>
internal sealed class WatchRates(Outbox outbox, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private long _lookedAt = long.MinValue;
    private long _foundNoneAt = long.MinValue;

    /// <summary>The budgets are to be read for it: half a minute has passed since it looked, or found none to look at. One that is set meanwhile is looked at as soon as it is counted.</summary>
    public bool IsDue => IsOver(_lookedAt) && IsOver(_foundNoneAt);

    /// <summary>Looks at most every half a minute. Call it behind the evaluation's lock.</summary>
    public async Task RunAsync(
        NpgsqlTransaction transaction, IReadOnlyList<BudgetRow> budgets, string currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var watched = budgets.Where(budget => budget.RateAlerts).ToList();
        if (watched.Count == 0)
        {
            _foundNoneAt = time.GetTimestamp();
            return;
        }

        if (!IsOver(_lookedAt))
        {
            return;
        }

        _lookedAt = time.GetTimestamp();
        var begins = await RateStore.ReadBeginsAsync(transaction.Connection!, [.. watched.Select(budget => budget.BudgetId)], cancellationToken);
        var windows = watched.SelectMany(budget => RateWindow.At(budget.Zone, now).Select(window => (Budget: budget, Window: window))).ToList();
        var sums = await BudgetSpendStore.SumAsync(
            transaction.Connection!,
            [.. windows.SelectMany(pair => pair.Window.Before.Append(pair.Window.Window).Select(period => (pair.Budget, period))).Distinct()], cancellationToken);
        foreach (var (budget, window) in windows)
        {
            // Imported usage says what a day has cost, and not in which hour: a bucket of a day stands whole at its beginning.
            var isHour = window.Name == SpendRateWindow.Hour;
            var first = isHour ? begins[budget.BudgetId].Live : begins[budget.BudgetId].Any;
            long[] before = [.. window.Before.Where(period => period.From >= first).Select(SpentIn)];
            var spent = SpentIn(window.Window);
            if (RateDecision.Expect(before, EvenShare(budget, window.Window)) is { } band && RateDecision.Judge(band, spent, window.IsOver(now)) is { } tooHigh)
            {
                var rate = new RateRow(budget.BudgetId, window.Name, window.Window.From, window.Window.To, tooHigh, spent, band, now, ToldAt: null);
                await KeepAsync(transaction, budget, rate, currency, now, cancellationToken);
            }

            long SpentIn(CalendarPeriod period)
            {
                var spend = sums[(budget.BudgetId, period)];
                return isHour ? spend.LiveNanos : spend.PacedNanos;
            }
        }
    }

    private bool IsOver(long last) => last == long.MinValue || time.GetElapsedTime(last) >= Interval;

    private async Task KeepAsync(
        NpgsqlTransaction transaction, BudgetRow budget, RateRow rate, string currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var begins = !await RateStore.FollowsAsync(transaction, rate, cancellationToken);
        var isNews = begins && !budget.IsSnoozed(now);
        if (!await RateStore.TryKeepAsync(transaction, rate with { ToldAt = isNews ? now : null, Silenced = begins && !isNews }, cancellationToken) || !isNews)
        {
            return;
        }

        var message = new SpendRateUnusual(
            Guid.CreateVersion7(now), budget.BudgetId, budget.Name, budget.Scope, rate.Window, rate.From, rate.To, rate.TooHigh, rate.SpentNanos,
            rate.Band.ExpectedNanos, rate.Band.LowNanos, rate.Band.HighNanos, currency, budget.TimeZone, now);
        await outbox.AddAsync(transaction, message.EventId, message, cancellationToken);
    }

    private static long EvenShare(BudgetRow budget, CalendarPeriod window)
    {
        var period = budget.PeriodAt(window.From);
        return (long)(budget.AmountNanos * (Int128)(window.To - window.From).Ticks / (period.To - period.From).Ticks);
    }
}
