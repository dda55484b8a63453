using Google.Protobuf;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Checks;

/// <summary>What a policy's document must be. Pure; tells every problem at once.</summary>
internal static class PolicyCheck
{
    public const int MaxBytes = 1024 * 1024;

    private static readonly (string List, int Most)[] Sizes =
        [("providers", 100), ("targets", 2_000), ("models", 2_000), ("lanes", 50), ("rules", 500), ("limits", 500)];

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT with all problems, one a line.</exception>
    public static void Require(RoutePolicy? policy)
    {
        if (policy is null)
        {
            throw RpcErrors.InvalidArgument("policy is required.");
        }

        var problems = FindProblems(policy);
        if (problems.Count == 0)
        {
            return;
        }

        var more = problems.Count > PolicyProblems.MostTold ? $"\nand {problems.Count - PolicyProblems.MostTold} more" : "";
        throw RpcErrors.InvalidArgument(
            $"The policy has {(problems.Count == 1 ? "a problem" : $"{problems.Count} problems")}; nothing was changed.\n{string.Join('\n', problems.Take(PolicyProblems.MostTold))}{more}");
    }

    public static IReadOnlyList<string> FindProblems(RoutePolicy policy)
    {
        var problems = new PolicyProblems();
        int[] counts = [policy.Providers.Count, policy.Targets.Count, policy.Models.Count, policy.Lanes.Count, policy.Rules.Count, policy.Limits.Count];
        foreach (var ((list, most), count) in Sizes.Zip(counts))
        {
            problems.Require(count <= most, list, $"must be at most {most}; there are {count}.");
        }

        problems.Require(policy.CalculateSize() <= MaxBytes, "policy", $"is above {MaxBytes / 1024} KiB.");
        if (problems.All.Count > 0)
        {
            // What is too large is not looked through.
            return problems.All;
        }

        problems.Require(policy.Models.Count > 0, "models", "a policy without models serves nobody; name at least one.");
        var names = PolicyEntries.Of(policy);
        ProviderCheck.Check(policy, problems);
        TargetCheck.Check(policy, names, problems);
        ModelCheck.Check(policy, names, problems);
        LaneCheck.Check(policy, names, problems);
        SizingRuleCheck.Check(policy, names, problems);
        LimitCheck.Check(policy, names, problems);
        return problems.All;
    }
}
