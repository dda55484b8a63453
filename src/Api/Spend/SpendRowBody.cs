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
    public string? User { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Application { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Key { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Outcome { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Funding { get; init; }

    /// <summary>overflow or observed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mark { get; init; }

    /// <summary>In the asked zone, as hour: 2026-06-01T13:15+02:00.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? QuarterHour { get; init; }

    /// <summary>In the asked zone: 2026-06-01T13:00+02:00. With its offset, because where clocks are put back an hour comes twice.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hour { get; init; }

    /// <summary>In the asked zone: 2026-06-01.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Day { get; init; }

    /// <summary>The Monday that it begins with, in the asked zone: 2026-06-01.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Week { get; init; }

    /// <summary>In the asked zone: 2026-06.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Month { get; init; }

    public Money Cost { get; init; }

    public long Calls { get; init; }

    /// <summary>All input: what was read from and written to caches too.</summary>
    public long InputTokens { get; init; }

    /// <summary>Part of input_tokens.</summary>
    public long CachedInputTokens { get; init; }

    public long OutputTokens { get; init; }

    /// <summary>Calls without a price, whose cost is in no sum.</summary>
    public long UnpricedCalls { get; init; }

    /// <summary>Calls without a workload class: part of calls.</summary>
    public long UnclassifiedCalls { get; init; }

    /// <summary>Their cost: part of cost.</summary>
    public Money UnclassifiedCost { get; init; }

    /// <summary>Credit notes and what providers charged without tokens: part of cost, and of no call.</summary>
    public Money Adjustment { get; init; }

    /// <summary>The same in the period before; present when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SpendRowBody? Previous { get; init; }

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
            User = Key(SpendDimension.User),
            Application = Key(SpendDimension.Application),
            Key = Key(SpendDimension.Key),
            Outcome = Key(SpendDimension.Outcome),
            Funding = Key(SpendDimension.Funding),
            Mark = Key(SpendDimension.Mark),
            QuarterHour = Key(SpendDimension.QuarterHour),
            Week = Key(SpendDimension.Week),
            Hour = Key(SpendDimension.Hour),
            Day = Key(SpendDimension.Day),
            Month = Key(SpendDimension.Month),
            Cost = new Money(row.CostNanos),
            Calls = row.Calls,
            InputTokens = row.InputTokens,
            CachedInputTokens = row.CachedInputTokens,
            OutputTokens = row.OutputTokens,
            UnpricedCalls = row.UnpricedCalls,
            UnclassifiedCalls = row.UnclassifiedCalls,
            UnclassifiedCost = new Money(row.UnclassifiedCostNanos),
            Adjustment = new Money(row.AdjustmentNanos),
            Previous = row.Previous is { } previous ? From(previous, []) : null,
        };
    }
}
