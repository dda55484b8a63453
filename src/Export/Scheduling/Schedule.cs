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

    /// <summary>
    /// What a job's schedule asks for at <paramref name="now"/>. Where several due times have passed (the service was down), only the latest runs: each
    /// run's window ends at its due time, and a burst of old runs would delay the one that is wanted. The others can be exported by an exact window.
    /// </summary>
    /// <param name="nextDueAt">The due time that the job waits for; null when it waits for none.</param>
    public static DueDecision Decide(CronExpression expression, DateTimeOffset? nextDueAt, DateTimeOffset now) =>
        nextDueAt is not { } due || due > now
            ? new DueDecision(null, nextDueAt)
            : new DueDecision(LatestAtOrBefore(expression, now) ?? due, NextAfter(expression, now));

    private static DateTimeOffset? LatestAtOrBefore(CronExpression expression, DateTimeOffset moment) =>
        expression.GetPreviousOccurrence(moment.UtcDateTime, inclusive: true) is { } latest ? new DateTimeOffset(latest, TimeSpan.Zero) : null;
}

/// <param name="RunAt">The due time to run; null for nothing.</param>
/// <param name="NextDueAt">The due time to wait for afterwards; null for none.</param>
internal readonly record struct DueDecision(DateTimeOffset? RunAt, DateTimeOffset? NextDueAt);
