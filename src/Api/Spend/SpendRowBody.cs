using System.Text.Json.Serialization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Spend;

/// <summary>One group's sums. Of the dimensions only those that were asked for are present.</summary>
internal sealed record SpendRowBody
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Team { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Workload { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Lane { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Provider { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Key { get; init; }

    /// <summary>In the asked zone: 2026-06-01T13:00.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hour { get; init; }

    /// <summary>In the asked zone: 2026-06-01.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Day { get; init; }

    /// <summary>In the asked zone: 2026-06.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Month { get; init; }

    public Money Cost { get; init; }

    public long Calls { get; init; }

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    /// <summary>Calls without a price, whose cost is in no sum.</summary>
    public long UnpricedCalls { get; init; }

    public static SpendRowBody From(SpendRow row, IList<SpendDimension> groupBy)
    {
        string? Key(SpendDimension dimension)
        {
            var place = groupBy.IndexOf(dimension);
            return place < 0 ? null : row.Keys[place];
        }

        return new SpendRowBody
        {
            Team = Key(SpendDimension.Team),
            Workload = Key(SpendDimension.Workload),
            Lane = Key(SpendDimension.Lane),
            Provider = Key(SpendDimension.Provider),
            Model = Key(SpendDimension.Model),
            Key = Key(SpendDimension.Key),
            Hour = Key(SpendDimension.Hour),
            Day = Key(SpendDimension.Day),
            Month = Key(SpendDimension.Month),
            Cost = new Money(row.CostNanos),
            Calls = row.Calls,
            InputTokens = row.InputTokens,
            OutputTokens = row.OutputTokens,
            UnpricedCalls = row.UnpricedCalls,
        };
    }
}
