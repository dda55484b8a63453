using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>A checked filter: a dimension has one of these values.</summary>
internal sealed record SpendCondition(SpendDimension Dimension, IReadOnlyList<string> Values)
{
    private const int MaxValues = 100;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a calendar unit, a dimension twice, no or too many values, an unknown outcome or funding.</exception>
    public static IReadOnlyList<SpendCondition> Read(IReadOnlyCollection<SpendFilter> filters) => Read(filters, SpendDimensions.IsOfSpend);

    /// <param name="isAllowed">Which dimensions there are.</param>
    /// <exception cref="Grpc.Core.RpcException">As above.</exception>
    public static IReadOnlyList<SpendCondition> Read(IReadOnlyCollection<SpendFilter> filters, Func<SpendDimension, bool> isAllowed)
    {
        if (filters.Any(filter => !isAllowed(filter.Dimension) || SpendDimensions.IsCalendar(filter.Dimension))
            || filters.DistinctBy(filter => filter.Dimension).Count() != filters.Count)
        {
            throw RpcErrors.InvalidArgument("filters must name known dimensions but calendar units, each at most once.");
        }

        return [.. filters.Select(Read)];
    }

    /// <summary>The condition in SQL on a column, with its parameter. One value is an equality, so that an index keeps its order.</summary>
    public string ToSql(string column, NpgsqlParameterCollection parameters)
    {
        object[] values = SpendDimensions.IsNumber(Dimension) ? [.. Values.Select(name => (object)SpendDimensions.NumberOf(Dimension, name)!.Value)] : [.. Values];
        if (values is [var single])
        {
            parameters.Add(new() { Value = single });
            return $"{column} = ${parameters.Count}";
        }

        parameters.Add(values[0] is short
            ? new NpgsqlParameter<short[]> { TypedValue = [.. values.Cast<short>()] }
            : new NpgsqlParameter<string[]> { TypedValue = [.. values.Cast<string>()] });
        return $"{column} = ANY(${parameters.Count})";
    }

    private static SpendCondition Read(SpendFilter filter)
    {
        if (filter.Values.Count is 0 or > MaxValues || filter.Values.Any(value => value.Length > 200 || value.Contains('\0', StringComparison.Ordinal)))
        {
            throw RpcErrors.InvalidArgument($"A filter by {NameOf(filter.Dimension)} must have 1 to {MaxValues} values of at most 200 characters.");
        }

        var unknown = SpendDimensions.IsNumber(filter.Dimension) ? filter.Values.FirstOrDefault(name => SpendDimensions.NumberOf(filter.Dimension, name) is null) : null;
        return unknown is null
            ? new SpendCondition(filter.Dimension, [.. filter.Values.Distinct()])
            : throw RpcErrors.InvalidArgument(
                $"{NameOf(filter.Dimension)} '{Validation.Shown(unknown)}' must be one of {SpendDimensions.NamesOf(filter.Dimension)}.");
    }

    private static string NameOf(SpendDimension dimension) => dimension.ToString().ToLowerInvariant();
}
