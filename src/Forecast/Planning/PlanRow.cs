using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Planning;

/// <summary>A plan item as it is kept.</summary>
internal sealed record PlanRow(
    string PlanId, string Name, string TeamId, string Workload, string Lane, string Provider, string Model, DateOnly StartsOn, int RampDays, long CallsPerDay,
    long InputTokens, long OutputTokens, int ProbabilityPpm, int SpreadPpm, DateOnly? EndsOn, string Owner, string Note, bool Active, DateTimeOffset ChangedAt, string ChangedBy)
{
    public const int Certain = 1_000_000;
    private const string DateForm = "yyyy-MM-dd";

    public NamedSegments Named => new(TeamId, Workload, Lane);

    /// <summary>Calls on a day: nothing before its start and after its end, in equal steps up to all of them.</summary>
    public double CallsOn(DateOnly day)
    {
        if (day < StartsOn || day >= EndsOn)
        {
            return 0;
        }

        var days = day.DayNumber - StartsOn.DayNumber + 1;
        return days > RampDays ? CallsPerDay : CallsPerDay * (days / (RampDays + 1.0));
    }

    /// <summary>Calls of the days from one (included) to another (excluded): what <see cref="CallsOn"/> adds up to.</summary>
    public double CallsIn(DateOnly from, DateOnly to) => Math.Max(0, CallsBefore(to) - CallsBefore(from));

    /// <param name="item">Checked (<see cref="PlanCheck"/>).</param>
    public static PlanRow Of(PlanItem item, DateTimeOffset now, string actor) => new(
        item.PlanId, item.Name, item.TeamId, item.Workload, item.Lane, item.Provider, item.Model, TryDate(item.StartsOn, out var starts) ? starts : default, item.RampDays,
        item.CallsPerDay, item.InputTokens, item.OutputTokens, item.ProbabilityPpm == 0 ? Certain : item.ProbabilityPpm, item.HasSpreadPpm ? item.SpreadPpm : 300_000,
        TryDate(item.EndsOn, out var ends) ? ends : null, item.Owner, item.Note, true, now, actor);

    public PlanItem ToItem() => new()
    {
        PlanId = PlanId, Name = Name, TeamId = TeamId, Workload = Workload, Lane = Lane, Provider = Provider, Model = Model,
        StartsOn = StartsOn.ToString(DateForm, CultureInfo.InvariantCulture), RampDays = RampDays, CallsPerDay = CallsPerDay, InputTokens = InputTokens,
        OutputTokens = OutputTokens, ProbabilityPpm = ProbabilityPpm, SpreadPpm = SpreadPpm, EndsOn = EndsOn?.ToString(DateForm, CultureInfo.InvariantCulture) ?? "",
        Owner = Owner, Note = Note,
    };

    private double CallsBefore(DateOnly day)
    {
        var days = Math.Max(0, (EndsOn < day ? EndsOn.Value : day).DayNumber - StartsOn.DayNumber);
        return CallsPerDay * (days > RampDays ? days - (RampDays / 2.0) : days * (days + 1.0) / 2 / (RampDays + 1));
    }

    /// <summary>A day of the years 2000 to 2199, as everywhere: months before and after it are still in the calendar.</summary>
    public static bool TryDate(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, DateForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out date) && Moments.HasYear(date.Year);
}
