using System.CommandLine;
using System.Globalization;

namespace Platform.Cli.Commands;

/// <summary>
/// Options, and an argument, that carry a date, a time, a length back from now or a calendar period. What is none ends as a wrong command line, before anything is sent; what is one is handed on as it was
/// written, since the API reads dates in a zone of its own choice.
/// </summary>
internal static class DateOption
{
    private const string MonthForm = "yyyy-MM";
    private const string WeekForm = "yyyy-Www";
    private const int MostOfALength = 10_000;

    /// <summary>A date or a time.</summary>
    public static Option<string?> Moment(string name, string description) => Checked(name, description, text => TimeOption.Problem(name, text));

    /// <summary>A date, a time, or a length back from now such as 30d.</summary>
    public static Option<string?> Since(string name, string description) => Checked(
        name, description, text => IsLength(text) || TimeOption.Problem(name, text) is null ? null : $"{name} '{text}' is neither a date (2026-06-01), nor a time (2026-06-01T13:00:00Z), nor a length such as 24h, 30d or 4w.");

    /// <summary>A length back from now.</summary>
    public static Option<string?> Length(string name, string description) => Checked(name, description, text => IsLength(text) ? null : $"{name} '{text}' is not a length such as 24h, 30d or 4w.");

    /// <summary>A day.</summary>
    public static Option<string?> Day(string name, string description) => Checked(
        name, description, text => TimeOption.TryDay(text, out _) ? null : $"{name} '{text}' is not a day (2026-06-01) of the years {Years.First} to {Years.Last}.");

    /// <summary>A calendar month.</summary>
    public static Option<string?> Month(string name, string description) => Checked(name, description, text => MonthProblem(name, text));

    /// <summary>A calendar month that a command needs.</summary>
    public static Argument<string> MonthArgument(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && MonthProblem(name, text) is { } said)
            {
                result.AddError(said);
            }
        });
        return argument;
    }

    /// <summary>A week of ISO 8601.</summary>
    public static Option<string?> Week(string name, string description) => Checked(
        name, description, text => IsWeek(text) ? null : $"{name} '{text}' is not a week (2026-W26) of the years {Years.First} to {Years.Last}.");

    /// <summary>A year, a quarter, a month or a day.</summary>
    public static Option<string?> Period(string name, string description) => Checked(
        name, description, text => IsPeriod(text) ? null : $"{name} '{text}' is none of a year (2026), a quarter (2026-Q2), a month (2026-06) and a day (2026-06-15) of the years {Years.First} to {Years.Last}.");

    /// <summary>Checks a range that begins at a moment or a length back.</summary>
    /// <exception cref="KtError">It begins at both, or ends before it begins or is empty.</exception>
    public static void CheckRange(ParseResult parsed, Option<string?> since, Option<string?> from, Option<string?> to)
    {
        if (parsed.GetValue(since) is not null && parsed.GetValue(from) is not null)
        {
            throw new KtError(ExitCodes.Usage, $"Give {from.Name} or {since.Name}, not both.");
        }

        TimeOption.CheckRange(parsed, from, to);
    }

    private static bool IsLength(string text) =>
        text.Length > 1 && text[^1] is 'h' or 'd' or 'w' && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MostOfALength;

    private static bool IsMonth(string text) => text.Length == MonthForm.Length && TimeOption.TryDay($"{text}-01", out _);

    private static string? MonthProblem(string name, string text) => IsMonth(text) ? null : $"{name} '{text}' is not a month (2026-06) of the years {Years.First} to {Years.Last}.";

    private static bool IsWeek(string text) =>
        text.Length == WeekForm.Length && text[4..6] == "-W" && int.TryParse(text[..4], NumberStyles.None, CultureInfo.InvariantCulture, out var year)
        && int.TryParse(text[6..], NumberStyles.None, CultureInfo.InvariantCulture, out var week) && Years.Hold(year) && week >= 1 && week <= ISOWeek.GetWeeksInYear(year);

    private static bool IsPeriod(string text) => text.Length switch
    {
        4 => TimeOption.TryDay($"{text}-01-01", out _),
        7 when text[5] == 'Q' => text[4] == '-' && text[6] is >= '1' and <= '4' && TimeOption.TryDay($"{text[..4]}-01-01", out _),
        7 => IsMonth(text),
        _ => TimeOption.TryDay(text, out _),
    };

    /// <param name="problem">What is wrong with a text; null: nothing.</param>
    private static Option<string?> Checked(string name, string description, Func<string, string?> problem)
    {
        var option = CommonOptions.Text(name, description);

        // An empty one is told of for all options alike.
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { Length: > 0 } text }] && problem(text) is { } said)
            {
                result.AddError(said);
            }
        });
        return option;
    }
}
