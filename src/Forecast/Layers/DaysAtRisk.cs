namespace Platform.Forecast.Layers;

/// <summary>Until when money that runs out is told of as at risk (decision 0252). Pure.</summary>
internal static class DaysAtRisk
{
    /// <summary>Whoever reads the week's review reads the next one in so many days.</summary>
    private const int Least = 7;

    /// <summary>The day before which it is: the first of the next month, and in a month's last week so many days from now, since on its last day the month's end says nothing of tomorrow.</summary>
    public static DateOnly To(DateOnly today) => IsWithinMonth(today) ? NextMonth(today) : today.AddDays(Least);

    /// <summary>That is the month's end.</summary>
    public static bool IsWithinMonth(DateOnly today) => today.AddDays(Least) <= NextMonth(today);

    private static DateOnly NextMonth(DateOnly today) => new DateOnly(today.Year, today.Month, 1).AddMonths(1);
}
