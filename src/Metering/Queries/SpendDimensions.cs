using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>What spend is grouped and filtered by: which column it is in the roll-ups and in the records, and how its values read.</summary>
internal static class SpendDimensions
{
    /// <summary>Calendar units, which cut the range into buckets instead of being a column.</summary>
    public static bool IsCalendar(SpendDimension dimension) => dimension
        is SpendDimension.QuarterHour or SpendDimension.Hour or SpendDimension.Day or SpendDimension.Week or SpendDimension.Month;

    /// <summary>Who called, within a team: only the roll-ups by all dimensions know.</summary>
    public static bool IsCaller(SpendDimension dimension) => dimension is SpendDimension.User or SpendDimension.Application or SpendDimension.Key;

    public static bool IsOfSpend(SpendDimension dimension) => IsOfRecords(dimension) && dimension != SpendDimension.Mark;

    /// <summary>What single records know: more than roll-ups do.</summary>
    public static bool IsOfRecords(SpendDimension dimension) => IsKnown(dimension) && dimension != SpendDimension.Reason;

    public static bool IsOfDenied(SpendDimension dimension) =>
        IsKnown(dimension) && dimension is not (SpendDimension.Outcome or SpendDimension.Funding or SpendDimension.Mark);

    public static string RollupColumn(SpendDimension dimension) => dimension switch
    {
        SpendDimension.Team => "team_id",
        SpendDimension.User => "user_id",
        SpendDimension.Application => "application_id",
        SpendDimension.Key => "key_id",
        SpendDimension.Workload => "workload",
        SpendDimension.Lane => "lane",
        SpendDimension.Provider => "provider",
        SpendDimension.Model => "model",
        SpendDimension.Outcome => "outcome",
        SpendDimension.Funding => "funding",
        SpendDimension.Reason => "reason",
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "Neither calendar units nor what only records know have a column."),
    };

    public static string RecordColumn(SpendDimension dimension) => dimension switch
    {
        SpendDimension.Model => "model_served",
        SpendDimension.Mark => "mark",
        _ => RollupColumn(dimension),
    };

    /// <summary>True for the dimensions whose column is a number of the contract's enum.</summary>
    public static bool IsNumber(SpendDimension dimension) => dimension is SpendDimension.Outcome or SpendDimension.Funding or SpendDimension.Mark;

    /// <summary>The contract's name of a number: succeeded, leased, …</summary>
    public static string NameOf(SpendDimension dimension, short number) => NumbersOf(dimension).First(pair => pair.Value == number).Key;

    /// <summary>How a column's value reads, in SQL: of a number the contract's name.</summary>
    public static string NameInSql(SpendDimension dimension, string column) => IsNumber(dimension)
        ? $"(CASE {column}{string.Concat(NumbersOf(dimension).Select(pair => $" WHEN {pair.Value} THEN '{pair.Key}'"))} END)"
        : column;

    /// <summary>Null for a name that the contract does not have.</summary>
    public static short? NumberOf(SpendDimension dimension, string name) => NumbersOf(dimension).TryGetValue(name, out var number) ? number : null;

    /// <summary>All names of a dimension of numbers, for messages.</summary>
    public static string NamesOf(SpendDimension dimension) => string.Join(", ", NumbersOf(dimension).Keys);

    private static Dictionary<string, short> NumbersOf(SpendDimension dimension) => dimension switch
    {
        SpendDimension.Outcome => Outcomes,
        SpendDimension.Funding => Fundings,
        SpendDimension.Mark => Marks,
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "The column of this dimension is a text."),
    };

    private static bool IsKnown(SpendDimension dimension) => dimension != SpendDimension.Unspecified && Enum.IsDefined(dimension);

    private static readonly Dictionary<string, short> Outcomes = new()
    {
        ["succeeded"] = (short)Outcome.Succeeded,
        ["client_closed"] = (short)Outcome.ClientClosed,
        ["interrupted"] = (short)Outcome.Interrupted,
        ["failed"] = (short)Outcome.Failed,
    };

    private static readonly Dictionary<string, short> Fundings = new()
    {
        ["leased"] = (short)Funding.Leased,
        ["external"] = (short)Funding.External,
        ["history"] = (short)Funding.History,
    };

    private static readonly Dictionary<string, short> Marks = new()
    {
        [MarkNames.Overflow] = (short)Mark.Overflow,
        [MarkNames.Observed] = (short)Mark.Observed,
    };
}
