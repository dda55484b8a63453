using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Which records or refusals: those that meet all conditions and have all tags.</summary>
internal sealed record UsageFilter(IReadOnlyList<SpendCondition> Conditions, IReadOnlyDictionary<string, string> Tags)
{
    private const int MaxTags = 5;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static UsageFilter Read(IReadOnlyCollection<SpendFilter> filters, IDictionary<string, string> tags) => Read(filters, tags, SpendDimensions.IsOfRecords);

    /// <param name="isAllowed">Which dimensions there are.</param>
    /// <exception cref="Grpc.Core.RpcException">As above.</exception>
    public static UsageFilter Read(IReadOnlyCollection<SpendFilter> filters, IDictionary<string, string> tags, Func<SpendDimension, bool> isAllowed)
    {
        if (tags.Count > MaxTags || tags.Any(tag => Validation.Text("tag", tag.Key, 1, 50) is not null || Validation.Text("tag", tag.Value, 0, 200) is not null))
        {
            throw RpcErrors.InvalidArgument($"tags must be at most {MaxTags}, with keys of 1 to 50 and values of at most 200 characters.");
        }

        return new UsageFilter(SpendCondition.Read(filters, isAllowed), new Dictionary<string, string>(tags));
    }

    /// <summary>One condition each in SQL, with its parameter; tags are in the column of that name.</summary>
    /// <param name="columnOf">Names a dimension's column.</param>
    public List<string> ToSql(Func<SpendDimension, string> columnOf, NpgsqlParameterCollection parameters)
    {
        var conditions = Conditions.Select(condition => condition.ToSql(columnOf(condition.Dimension), parameters)).ToList();
        if (Tags.Count > 0)
        {
            parameters.Add(new NpgsqlParameter<string> { TypedValue = JsonSerializer.Serialize(Tags), NpgsqlDbType = NpgsqlDbType.Jsonb });
            conditions.Add($"tags @> ${parameters.Count}");
        }

        return conditions;
    }
}
