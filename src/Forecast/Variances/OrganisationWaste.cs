using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;

namespace Platform.Forecast.Variances;

/// <summary>Waste, asked of Metering, which knows outcomes and prompts. Without its answer the call is UNAVAILABLE (DEPENDENCY_UNAVAILABLE): waste would be told as something else.</summary>
internal sealed class OrganisationWaste(Waste.WasteClient waste, TimeProvider time)
{
    private const int MostDays = 31;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(1);

    /// <summary>Of days of UTC with these dates.</summary>
    /// <param name="teamId">Empty: all.</param>
    /// <param name="used">Days whose models small calls are compared with: the same for all that is to be compared.</param>
    public async Task<IReadOnlyList<WastedSpend>> ReadAsync(string teamId, DaySpan days, DaySpan used, CancellationToken cancellationToken)
    {
        var request = new GetWastePartsRequest
        {
            From = Start(days.From), To = Start(days.Days > MostDays ? days.From.AddDays(MostDays) : days.To), UsedFrom = Start(used.From), UsedTo = Start(used.To),
        };
        if (teamId.Length > 0)
        {
            request.Filters.Add(new SpendFilter { Dimension = SpendDimension.Team, Values = { teamId } });
        }

        var answer = await Ask.ServiceAsync(
            time, AnswerLimit, "The Metering service, which knows what was wasted,", options => waste.GetWastePartsAsync(request, options), cancellationToken);
        return [.. answer.Parts.Select(Of)];
    }

    private static WastedSpend Of(WastePart part) => new(
        part.Kind switch
        {
            WasteKind.Failed => Driver.Failed,
            WasteKind.Duplicate => Driver.Duplicates,
            WasteKind.Abandoned => Driver.Abandoned,
            _ => Driver.RightSizing,
        },
        new CellKey(part.TeamId, part.Workload, part.Lane, part.Provider, part.Model), part.Calls, part.InputTokens, part.OutputTokens, part.CostNanos);

    private static Google.Protobuf.WellKnownTypes.Timestamp Start(DateOnly day) => new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToTimestampUtc();
}
