namespace Platform.SyntheticCompany;

/// <summary>Days on which most people are away: about ten a year, the same for all teams.</summary>
public sealed class Holidays
{
    private readonly HashSet<int> _days;
    private readonly CompanyPlan _plan;

    public Holidays(int seed, CompanyPlan plan)
    {
        var random = new Random(seed ^ 0x5EED);
        _plan = plan;
        _days = [.. Enumerable.Range(0, 2_000).Where(_ => random.NextDouble() < 10 / 365.0).Where(day => day < plan.Days)];
    }

    public IReadOnlyList<DateOnly> Dates => [.. _days.Order().Select(day => _plan.Start.AddDays(day))];

    public bool Is(int day) => _days.Contains(day);
}
