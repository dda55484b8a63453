using System.Globalization;

namespace Platform.Cli.SeriesFiles;

/// <summary>What the ds of a row says: a whole number, or a moment as it was written.</summary>
/// <param name="Number">Of a whole number; else 0.</param>
/// <param name="Moment">Of a moment, with the offset that it was written with, zero where none was.</param>
/// <param name="Form">One of <see cref="TimeForms"/>; empty for a whole number.</param>
internal readonly record struct Stamp(long Number, DateTimeOffset Moment, string Form)
{
    /// <summary>Beyond what any count of steps reaches, and far enough from what arithmetic holds.</summary>
    private const long GreatestNumber = 999_999_999_999_999;

    public bool IsNumber => Form.Length == 0;

    /// <summary>Null where the text is neither. Never guesses: no culture's order of day and month, nothing that the clock would have to complete.</summary>
    /// <param name="likely">The form of the row before, which is tried first.</param>
    public static Stamp? Read(string text, Frequency frequency, string likely)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return Math.Abs((decimal)number) <= GreatestNumber ? new Stamp(number, default, "") : null;
        }

        if (likely.Length > 0 && Read(text, likely) is { } again)
        {
            return again;
        }

        foreach (var form in TimeForms.Separated)
        {
            if ((form != TimeForms.Month || frequency == Frequency.Monthly) && Read(text, form) is { } stamp)
            {
                return stamp;
            }
        }

        return null;
    }

    /// <summary>The same number read as a date without hyphens; null where there is no such day.</summary>
    public Stamp? AsDate(string form) => Read(Number.ToString(CultureInfo.InvariantCulture), form);

    /// <summary>As it stands in the file, but for leading zeros and trailing ones of a fraction.</summary>
    public override string ToString() => IsNumber ? Number.ToString(CultureInfo.InvariantCulture) : Moment.ToString(Form, CultureInfo.InvariantCulture);

    private static Stamp? Read(string text, string form) =>
        DateTimeOffset.TryParseExact(text, form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) && moment.Year <= Years.Last
            ? new Stamp(0, moment, form)
            : null;
}
