using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

/// <summary>By day ahead, what a plan's calls cost then for each unit that they cost now. Equal where every day is, so that what was drawn by it is not drawn again (<see cref="DrawnPlans"/>).</summary>
internal sealed class PricesAhead(double[] days) : IEquatable<PricesAhead>
{
    /// <param name="day">0 is today.</param>
    public double On(int day) => days[day];

    /// <summary>Null where the book has no other price for later.</summary>
    public static PricesAhead? Of(PlanRow item, PricesNow prices, HorizonCalendar horizon)
    {
        if (prices.Versions.OfPlan(item.Provider, item.Model, item.Lane) is not { Changes: true } timeline)
        {
            return null;
        }

        var call = new MeanCall(item.InputTokens, item.OutputTokens);
        double[] days = [.. Enumerable.Range(0, horizon.Days).Select(day => prices.Ahead(horizon.Today.AddDays(day), horizon.Calendar, timeline, call))];
        return days.All(day => day == 1) ? null : new PricesAhead(days);
    }

    public bool Equals(PricesAhead? other) => other is not null && days.AsSpan().SequenceEqual(other.All);

    public override bool Equals(object? obj) => Equals(obj as PricesAhead);

    public override int GetHashCode() => days.Aggregate(0, HashCode.Combine);

    private ReadOnlySpan<double> All => days;
}
