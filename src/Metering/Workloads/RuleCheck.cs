using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.Workloads;

/// <summary>What a rule must be. Pure; each rule is the contract's.</summary>
internal static class RuleCheck
{
    public const int MaxRules = 200;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static void Require(WorkloadRule? rule)
    {
        if (rule is null)
        {
            throw RpcErrors.InvalidArgument("rule is required.");
        }

        if ((Label("name", rule.Name) ?? Label("workload", rule.Workload) ?? CheckFigures(rule)) is { } error)
        {
            throw RpcErrors.InvalidArgument(error);
        }

        UsageFilter.Read(rule.Filters, rule.Tags);
        if (rule.Filters.Any(filter => !IsLookedAt(filter.Dimension)))
        {
            throw RpcErrors.InvalidArgument("A rule's filters are team, user, application, key, provider, model and lane.");
        }

        if (rule.Filters.Count == 0 && rule.Tags.Count == 0 && !rule.HasMinInputTokens && !rule.HasMaxInputTokens)
        {
            throw RpcErrors.InvalidArgument("A rule needs at least one condition; give a key or an application its own workload instead of classifying everything.");
        }
    }

    private static string? Label(string name, string value) => value.Length == 0 ? $"{name} is required." : Validation.Label(name, value);

    private static string? CheckFigures(WorkloadRule rule) =>
        rule.Position is < 0 or > MaxRules ? $"position must be 1 to {MaxRules}, or 0 for its place or the last."
        : (rule.HasMinInputTokens && rule.MinInputTokens < 0) || (rule.HasMaxInputTokens && rule.MaxInputTokens < 0) ? "Bounds of input tokens must be 0 or more."
        : rule.HasMinInputTokens && rule.HasMaxInputTokens && rule.MinInputTokens > rule.MaxInputTokens ? "min_input_tokens must not be above max_input_tokens."
        : null;

    private static bool IsLookedAt(SpendDimension dimension) => dimension is SpendDimension.Team or SpendDimension.User or SpendDimension.Application
        or SpendDimension.Key or SpendDimension.Provider or SpendDimension.Model or SpendDimension.Lane;
}
