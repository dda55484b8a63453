using Google.Protobuf.Collections;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;

namespace Platform.Metering.Workloads;

/// <summary>What rules look at.</summary>
/// <param name="InputTokens">All kinds together, of a refused call as it was estimated; null when unknown, which no condition on them meets.</param>
internal readonly record struct WorkloadSubject(
    string TeamId, string UserId, string ApplicationId, string KeyId, string Provider, string Model, string Lane, long? InputTokens,
    IReadOnlyDictionary<string, string>? Tags)
{
    public static WorkloadSubject Of(UsageEvent usage) => new(
        usage.TeamId, usage.UserId, usage.ApplicationId, usage.KeyId, usage.Provider, usage.ModelServed, usage.Lane, RatedUsage.TokensOf(usage).TotalInput, usage.Tags);

    public static WorkloadSubject Of(DemandDenied denied) => new(
        denied.TeamId, denied.UserId, denied.ApplicationId, denied.KeyId, denied.Provider, denied.Model, denied.Lane, denied.InputTokens, denied.Tags);

    public string this[SpendDimension dimension] => dimension switch
    {
        SpendDimension.Team => TeamId,
        SpendDimension.User => UserId,
        SpendDimension.Application => ApplicationId,
        SpendDimension.Key => KeyId,
        SpendDimension.Provider => Provider,
        SpendDimension.Model => Model,
        SpendDimension.Lane => Lane,
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "Rules do not look at this dimension."),
    };
}
