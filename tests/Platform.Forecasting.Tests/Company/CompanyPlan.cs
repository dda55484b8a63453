namespace Platform.SyntheticCompany;

/// <summary>What is to happen in an imagined company, known beforehand, so that what a forecast says of it can be judged.</summary>
public sealed record CompanyPlan
{
    public DateOnly Start { get; init; } = new(2026, 1, 5);

    public int Days { get; init; } = 180;

    public int Teams { get; init; } = 2;

    /// <summary>People a team gains for each that it has, a year: 0.5 grows by a half. Null draws one of its own for every team, from -0.2 to 1.5.</summary>
    public double? GrowthAYear { get; init; }

    /// <summary>Whether people take to the tools by and by, which is growth of its own; else all use them from the first day.</summary>
    public bool Adopting { get; init; } = true;

    public Control? Control { get; init; }

    public Launch? Launch { get; init; }

    public Outage? Outage { get; init; }

    /// <summary>Outages that come by themselves, on all days.</summary>
    public Outages? Outages { get; init; }
}

/// <summary>From a day on a team's calls are limited, routed to something cheaper, or both.</summary>
/// <param name="Team">Counted from 0.</param>
/// <param name="Denied">Share of its calls that is turned away.</param>
/// <param name="PriceCut">What each call that is served costs less, as a share.</param>
public sealed record Control(int Day, int Team, double Denied, double PriceCut = 0);

/// <summary>A new workload, as it was planned; it comes larger or smaller, with more or fewer tokens a call, and when it will.</summary>
/// <param name="RampDays">Over which it grows to its size, slowly, then quickly, then slowly.</param>
/// <param name="Calls">A day, when grown.</param>
/// <param name="Tokens">A call, in and out.</param>
/// <param name="Probability">That it comes at all.</param>
/// <param name="Spread">Standard deviation of calls that come by calls that were planned (Gamma).</param>
/// <param name="TokensSpread">Standard deviation of the logarithm of tokens a call by those that were planned.</param>
/// <param name="MostDaysLate">It comes up to so many days later than planned, or up to half as many earlier.</param>
public sealed record Launch(
    int Day, int Team, int RampDays, double Calls, double Tokens, double Probability = 1, double Spread = 0.25, double TokensSpread = 0, int MostDaysLate = 0);

/// <summary>A provider fails for some hours of a day, and calls are served by a dearer one.</summary>
/// <param name="DearerBy">Share by which the price of the other is higher.</param>
public sealed record Outage(int Day, double Hours, double DearerBy = 0.6);

/// <summary>A provider fails again and again, at any moment, mostly for less than usual and now and then for much longer; the other one is dearer.</summary>
/// <param name="DaysBetween">On average.</param>
/// <param name="Hours">On average.</param>
public sealed record Outages(double DaysBetween, double Hours, double DearerBy = 0.6);
