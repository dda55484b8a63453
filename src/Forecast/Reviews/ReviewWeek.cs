using System.Globalization;
using Platform.Contracts;

namespace Platform.Forecast.Reviews;

/// <summary>A week of ISO 8601, from Monday, in days of UTC.</summary>
internal readonly record struct ReviewWeek(DateOnly Monday)
{
    private const int Days = 7;

    public DateOnly NextMonday => Monday.AddDays(Days);

    /// <summary>Such as 2026-W26; the year is the week's, which is not always its Monday's.</summary>
    public string Name => string.Create(
        CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(Monday.ToDateTime(TimeOnly.MinValue)):0000}-W{ISOWeek.GetWeekOfYear(Monday.ToDateTime(TimeOnly.MinValue)):00}");

    /// <summary>The last that is over.</summary>
    public static ReviewWeek LastOver(DateOnly today) => new(today.AddDays(-(((int)today.DayOfWeek + 6) % Days) - Days));

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static ReviewWeek Parse(string name)
    {
        if (name.Length == 8 && name[4..6] == "-W" && int.TryParse(name[..4], NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            && int.TryParse(name[6..], NumberStyles.None, CultureInfo.InvariantCulture, out var week) && Moments.HasYear(year) && week >= 1 && week <= ISOWeek.GetWeeksInYear(year))
        {
            return new ReviewWeek(DateOnly.FromDateTime(ISOWeek.ToDateTime(year, week, DayOfWeek.Monday)));
        }

        throw RpcErrors.InvalidArgument($"week must be a year and a week of ISO 8601, such as 2026-W26; it is '{Validation.Shown(name)}'.");
    }
}
