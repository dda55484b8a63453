using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Variances;

/// <summary>Where the records of a part of a change are: commands that show them.</summary>
/// <param name="Zone">Empty: UTC.</param>
internal sealed record VarianceEvidences(VarianceRules Rules, ComparedPeriods Periods, string Zone)
{
    private const int MostEvents = 5;

    /// <param name="teamId">Of the sum that it stands in; empty: the organisation.</param>
    /// <param name="changes">Of one driver, side and subject.</param>
    public IEnumerable<VarianceEvidence> Of(string teamId, IReadOnlyList<Change> changes)
    {
        var first = changes[0];
        var most = changes.MaxBy(change => Math.Abs(change.Nanos))!.Cell;
        return first.Driver switch
        {
            Driver.Calendar or Driver.Volume or Driver.WorkloadMix =>
                [New("calls and cost by workload beside the days before", $"kt spend{Team(teamId)} --by workload{Range(Periods.Current)} --compare")],
            Driver.LaneMix or Driver.ModelMix => [.. Policies(teamId), Mix(teamId, first.Driver), Records("calls of the largest part", most)],
            Driver.TokensPerCall => [Records("calls of the largest part", most)],
            Driver.Price => [.. Prices(changes), Records("calls of the largest part", most)],
            Driver.Refusals => [New("refused attempts by reason", $"kt demand{Team(teamId)} --by team,reason{Range(Periods.Current)}")],
            Driver.Routing => [.. Policies(teamId), Records("calls of the largest part; kt usage show ID says why each was routed", most)],
            Driver.Fallback => [New("fallbacks and their price in the layers", $"kt forecast --layers{Team(teamId)}"), Records("calls of the largest part", most)],
            Driver.Failed or Driver.Duplicates or Driver.Abandoned or Driver.RightSizing =>
                [New("each signal with its records", $"kt waste{Team(teamId)} --from {Date(Periods.Current.From)} --to {Date(Periods.Current.To)} --evidence 5")],
            Driver.Plan => [New("plan items beside what came", $"kt forecast plan list{Team(teamId)} --all")],
            Driver.Corrections => [Records("records of the largest part, corrections among them", most)],
        };
    }

    private IEnumerable<VarianceEvidence> Policies(string teamId) => Rules.Policies.Take(MostEvents).Select(change =>
        New($"{change.OccurredAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}: {change.Summary}", $"kt forecast effect {change.EventId}{Team(teamId)}"));

    private IEnumerable<VarianceEvidence> Prices(IReadOnlyList<Change> changes) => changes.SelectMany(change => Rules.PricesOf(change.Cell)).DistinctBy(price => price.PriceId).Take(MostEvents)
        .Select(price => New(
            $"{price.Provider} {price.Model}: version {price.PriceId} from {price.EffectiveFrom.ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}, {price.Source}",
            $"kt prices show {price.Provider} {price.Model}"));

    private VarianceEvidence Mix(string teamId, Driver driver) => New(
        driver == Driver.LaneMix ? "calls and cost by lane beside the days before" : "calls and cost by model beside the days before",
        $"kt spend{Team(teamId)} --by {(driver == Driver.LaneMix ? "lane" : "model")}{Range(Periods.Current)} --compare");

    private VarianceEvidence Records(string text, CellKey cell) => New(
        text,
        $"kt usage list{Team(cell.TeamId)} --workload {Value(cell.Workload)} --lane {Value(cell.Lane)}{(cell.Model.Length > 0 ? $" --provider {cell.Provider} --model {cell.Model}" : "")}{Range(Periods.Current)}");

    private string Range(DaySpan days) => $" --from {Date(days.From)} --to {Date(days.To)}{(Zone.Length > 0 && Zone != TimeZoneInfo.Utc.Id ? $" --time-zone {Zone}" : "")}";

    private static string Team(string teamId) => teamId.Length > 0 ? $" --team {teamId}" : "";

    private static string Value(string label) => label.Length > 0 ? label : "\"(none)\"";

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static VarianceEvidence New(string text, string command) => new() { Text = text, Command = command };
}
