namespace Platform.SyntheticCompany;

/// <summary>When the provider fails, hour by hour, for all teams alike; and which part of a day's calls falls into those hours.</summary>
internal sealed class Failures
{
    private const int HoursADay = 24;
    private const int OfficeOpens = 8;
    private const int OfficeCloses = 18;

    /// <summary>Of the calls that people make.</summary>
    private const double InOfficeHours = 0.8;

    private readonly double[] _failing;

    public Failures(Random random, CompanyPlan plan)
    {
        _failing = new double[plan.Days * HoursADay];
        if (plan.Outage is { } outage && outage.Day < plan.Days)
        {
            Array.Fill(_failing, outage.Hours / HoursADay, outage.Day * HoursADay, HoursADay);
        }

        if (plan.Outages is { } outages)
        {
            double Wait() => -Math.Log(1 - random.NextDouble()) * outages.DaysBetween * HoursADay;

            for (var from = Wait(); from < _failing.Length; from += Wait())
            {
                var to = from + outages.Hours * Chance.Uneven(random, 1);
                for (var hour = (int)from; hour < Math.Min(_failing.Length, to); hour++)
                {
                    _failing[hour] = Math.Min(1, _failing[hour] + Math.Min(hour + 1, to) - Math.Max(hour, from));
                }
            }
        }
    }

    /// <summary>Share of a day's calls that meets a failure.</summary>
    /// <param name="atAnyHour">Calls are made by machines, day and night.</param>
    public double Share(int day, bool atAnyHour)
    {
        var hours = _failing.AsSpan(day * HoursADay, HoursADay);
        var (all, office) = (Sum(hours), Sum(hours[OfficeOpens..OfficeCloses]));
        return atAnyHour
            ? all / HoursADay
            : office * InOfficeHours / (OfficeCloses - OfficeOpens) + (all - office) * (1 - InOfficeHours) / (HoursADay - OfficeCloses + OfficeOpens);
    }

    private static double Sum(ReadOnlySpan<double> hours)
    {
        var sum = 0.0;
        foreach (var hour in hours)
        {
            sum += hour;
        }

        return sum;
    }
}
