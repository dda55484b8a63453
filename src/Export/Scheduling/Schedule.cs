using System.Diagnostics.CodeAnalysis;
using Cronos;

namespace Platform.Export.Scheduling;

/// <summary>When a job is due: pure decisions over its cron expression. Everything is UTC, so no due time is skipped or doubled by a change of clocks.</summary>
internal static class Schedule
{
    private const int Fields = 5;

    /// <summary>Five fields (minute hour day month weekday), names like MON allowed. False with a sentence that says what to do.</summary>
    public static bool TryParse(string cron, [NotNullWhen(true)] out CronExpression? expression, [NotNullWhen(false)] out string? problem)
    {
        expression = null;
        var fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields != Fields || cron.Length > 200)
        {
            problem = "cron must have five fields (minute hour day month weekday), for example '0 6 * * MON'.";
            return false;
        }

        try
        {
            expression = CronExpression.Parse(cron, CronFormat.Standard);
        }
        catch (CronFormatException exception)
        {
            problem = $"cron is not valid: {exception.Message} An example is '0 6 * * MON'.";
            return false;
        }

        problem = null;
        return true;
    }

    /// <summary>The first due time after a moment; null when there is none.</summary>
    public static DateTimeOffset? NextAfter(CronExpression expression, DateTimeOffset moment) =>
        expression.GetNextOccurrence(moment.UtcDateTime) is { } next ? new DateTimeOffset(next, TimeSpan.Zero) : null;

    /// <summary>The last due time before a moment; null when there is none.</summary>
    public static DateTimeOffset? LastBefore(CronExpression expression, DateTimeOffset moment) => Last(expression, moment, inclusive: false);

    /// <summary>
    /// The due times that have passed since one that was waited for, oldest first: of more than <paramref name="atMost"/> the latest. That one alone where the
    /// expression has none; none while it is not ready.
    /// </summary>
    /// <param name="nextDueAt">Not after <paramref name="now"/>.</param>
    /// <param name="readyAt">When the run of a due time is made, which the answer has instead: not before it, and never earlier for a later one.</param>
    public static List<DateTimeOffset> Passed(
        CronExpression expression, DateTimeOffset nextDueAt, DateTimeOffset now, int atMost, Func<DateTimeOffset, DateTimeOffset> readyAt)
    {
        var passed = new List<DateTimeOffset>();
        for (var due = Last(expression, now, inclusive: true); due is { } moment && readyAt(moment) >= nextDueAt && passed.Count < atMost; due = LastBefore(expression, moment))
        {
            if (readyAt(moment) is var ready && ready <= now && !passed.Contains(ready))
            {
                passed.Add(ready);
            }
        }

        passed.Reverse();
        return passed.Count > 0 ? passed : readyAt(nextDueAt) <= now ? [nextDueAt] : [];
    }

    /// <summary>
    /// Of the due times that have passed, oldest first, as few as hold with their windows what the windows of all would: the latest, and before it the oldest whose window reaches the one
    /// chosen last, or where none does the one before. A run of the latest alone would leave an absence that was longer than the window in no file.
    /// </summary>
    /// <param name="nextDueAt">Not after <paramref name="now"/>.</param>
    /// <param name="heldUntil">Where the window of the last run ends; null: there is none yet.</param>
    /// <param name="length">Of a window, which ends at its due time.</param>
    public static List<DateTimeOffset> PassedThatHoldAll(
        CronExpression expression, DateTimeOffset nextDueAt, DateTimeOffset now, DateTimeOffset? heldUntil, TimeSpan length, int atMost)
    {
        var chosen = new List<DateTimeOffset>();
        for (var due = Last(expression, now, inclusive: true); due is { } moment && moment >= nextDueAt && chosen.Count < atMost;)
        {
            chosen.Add(moment);
            var start = moment - length;
            if (start <= heldUntil)
            {
                break;
            }

            var reaching = First(expression, start) is { } first && first > nextDueAt ? first : nextDueAt;
            due = reaching < moment ? reaching : LastBefore(expression, moment);
        }

        chosen.Reverse();
        return chosen.Count > 0 ? chosen : [nextDueAt];
    }

    /// <summary>When the next run is made after a moment; null when there is none.</summary>
    /// <param name="readyAt">As Passed has it.</param>
    public static DateTimeOffset? NextReadyAfter(CronExpression expression, DateTimeOffset moment, Func<DateTimeOffset, DateTimeOffset> readyAt)
    {
        if (Last(expression, moment, inclusive: true) is { } last && readyAt(last) is var waiting && waiting > moment)
        {
            return waiting;
        }

        return NextAfter(expression, moment) is { } next ? readyAt(next) : null;
    }

    private static DateTimeOffset? First(CronExpression expression, DateTimeOffset from) =>
        expression.GetNextOccurrence(from.UtcDateTime, inclusive: true) is { } first ? new DateTimeOffset(first, TimeSpan.Zero) : null;

    private static DateTimeOffset? Last(CronExpression expression, DateTimeOffset moment, bool inclusive) =>
        expression.GetPreviousOccurrence(moment.UtcDateTime, inclusive) is { } last ? new DateTimeOffset(last, TimeSpan.Zero) : null;
}
