using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Which records: those that meet all conditions and have all tags.</summary>
internal sealed record UsageFilter(IReadOnlyList<SpendCondition> Conditions, IReadOnlyDictionary<string, string> Tags)
{
    private const int MaxTags = 5;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static UsageFilter Read(IReadOnlyCollection<SpendFilter> filters, IDictionary<string, string> tags)
    {
        if (tags.Count > MaxTags || tags.Any(tag => Validation.Text("tag", tag.Key, 1, 50) is not null || Validation.Text("tag", tag.Value, 0, 200) is not null))
        {
            throw RpcErrors.InvalidArgument($"tags must be at most {MaxTags}, with keys of 1 to 50 and values of at most 200 characters.");
        }

        return new UsageFilter(SpendCondition.Read(filters), new Dictionary<string, string>(tags));
    }
}
