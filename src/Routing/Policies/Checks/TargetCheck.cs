using Platform.Contracts.Routing.V1;
using Platform.Routing.Pricing;
using Platform.Routing.Shapes;

namespace Platform.Routing.Policies.Checks;

internal static class TargetCheck
{
    private const int MaxTokens = 100_000_000;
    private const int MaxOverhead = 1_000_000;
    private const int MaxSeconds = 86_400;

    /// <summary>No model that anybody serves has less: a smaller number is one in thousands of tokens.</summary>
    private const int LeastContext = 2_048;

    public static void Check(RoutePolicy policy, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Distinct("targets", policy.Targets.Select(PolicyCompiler.NameOf), "target");
        for (var index = 0; index < policy.Targets.Count; index++)
        {
            var target = policy.Targets[index];
            Check(target, PolicyProblems.Place("targets", index, target.Provider.Length > 0 ? PolicyCompiler.NameOf(target) : target.Name), entries, problems);
        }
    }

    private static void Check(TargetPolicy target, string place, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Word($"{place}.name", target.Name, 200, required: false);
        problems.Word($"{place}.model", target.Model, 200);
        problems.Word($"{place}.deployment", target.Deployment, 200, required: false);
        problems.Word($"{place}.region", target.Region, PolicyCompiler.MaxRegion, required: false);
        problems.OneOf($"{place}.output_cap_field", target.OutputCapField, PolicyNames.OutputCapFields);
        CheckAllowed(target, place, problems);
        if (target.ServiceTier.Length > 0)
        {
            problems.Label($"{place}.service_tier", target.ServiceTier);
        }

        CheckTier(target, place, entries, problems);
        var known = entries.Providers.TryGetValue(target.Provider, out var kind);
        problems.Require(known, $"{place}.provider", $"there is no provider '{Contracts.Validation.Shown(target.Provider)}' in this policy; add it to providers.");
        problems.Require(
            !known || kind == ProviderKind.AzureOpenAi || target.Deployment.Length == 0, $"{place}.deployment", "is for a provider of kind azure_openai only; leave it out.");
        CheckShapes(target, place, known ? kind : null, problems);
        CheckTokens(target, place, known ? kind : ProviderKind.OpenAi, problems);
        CheckTimeouts(target.Timeouts ?? new TargetTimeouts(), $"{place}.timeouts", problems);
        problems.OneOf($"{place}.stream_usage", target.StreamUsage, PolicyNames.StreamUsage);
        problems.OneOf($"{place}.on_abandon", target.OnAbandon, PolicyNames.OnAbandon);
    }

    private static void CheckAllowed(TargetPolicy target, string place, PolicyProblems problems)
    {
        problems.Distinct($"{place}.allow_fields", target.AllowFields, "field");
        foreach (var field in target.AllowFields)
        {
            problems.Require(
                UnservedFields.Allowable.Contains(field), $"{place}.allow_fields",
                $"has '{Contracts.Validation.Shown(field)}', which is not a field that only an allowed target takes: {string.Join(", ", UnservedFields.Allowable.Order(StringComparer.Ordinal))}.");
        }
    }

    private static void CheckTimeouts(TargetTimeouts timeouts, string place, PolicyProblems problems)
    {
        problems.Range($"{place}.first_byte_seconds", timeouts.FirstByteSeconds, 0, MaxSeconds);
        problems.Range($"{place}.first_token_seconds", timeouts.FirstTokenSeconds, 0, MaxSeconds);
        problems.Range($"{place}.silence_seconds", timeouts.SilenceSeconds, 0, MaxSeconds);
        problems.Range($"{place}.total_seconds", timeouts.TotalSeconds, 0, MaxSeconds);
    }

    /// <summary>A tier that can be asked for must be asked for; one that cannot be is no price of what is sent.</summary>
    private static void CheckTier(TargetPolicy target, string place, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Require(
            target.ServiceTier != ServiceTiers.Batch, $"{place}.service_tier",
            "must not be batch: only a provider's own batch interface bills that, and the gateway does not call it. Use flex where the provider has it; else leave service_tier out.");
        if (target.ServiceTier is not (ServiceTiers.Flex or ServiceTiers.Priority))
        {
            return;
        }

        problems.Require(
            target.ServiceTier != ServiceTiers.Flex || !entries.Providers.TryGetValue(target.Provider, out var kind) || kind != ProviderKind.Anthropic, $"{place}.service_tier",
            "must not be flex at a provider of kind anthropic, which has no such tier; leave service_tier out.");
        problems.Require(
            !target.Shapes.Contains("embeddings"), $"{place}.service_tier", $"must not be {target.ServiceTier} where embeddings are served, for which no tier can be asked; leave service_tier out.");
    }

    private static void CheckShapes(TargetPolicy target, string place, ProviderKind? kind, PolicyProblems problems)
    {
        problems.Distinct($"{place}.shapes", target.Shapes, "shape");
        var served = kind switch
        {
            null => PolicyNames.Shapes.Keys,
            ProviderKind.Anthropic => ["messages"],
            _ => ["chat", "embeddings", "responses"],
        };
        foreach (var shape in target.Shapes)
        {
            problems.Require(
                served.Contains(shape), $"{place}.shapes",
                $"must be of {string.Join(", ", served)}{(kind is null ? "" : ", which is what its provider's kind speaks")}; it has '{Contracts.Validation.Shown(shape)}'.");
        }
    }

    private static void CheckTokens(TargetPolicy target, string place, ProviderKind kind, PolicyProblems problems)
    {
        problems.Range($"{place}.overhead_tokens", target.OverheadTokens, 0, MaxOverhead);
        problems.Require(
            target.ContextTokens == 0 || (target.ContextTokens >= LeastContext && target.ContextTokens <= MaxTokens && target.ContextTokens >= target.MaxOutputTokens), $"{place}.context_tokens",
            $"must be the model's whole context window, {LeastContext} to {MaxTokens} and not below max_output_tokens, or be left out; it is {target.ContextTokens}.");
        var generates = target.Shapes.Any(shape => !PolicyNames.Shapes.ContainsKey(shape)) || (PolicyCompiler.ShapesOf(target, kind) & ~ShapeKinds.Embeddings) != ShapeKinds.None;
        if (!generates)
        {
            problems.Require(
                target is { DefaultMaxOutputTokens: 0, MaxOutputTokens: 0 }, $"{place}.max_output_tokens", "embeddings have no output; leave both output caps out.");
            return;
        }

        problems.Range($"{place}.max_output_tokens", target.MaxOutputTokens, 1, MaxTokens);
        problems.Require(
            target.DefaultMaxOutputTokens >= 1 && target.DefaultMaxOutputTokens <= Math.Max(1, target.MaxOutputTokens), $"{place}.default_max_output_tokens",
            $"must be 1 to max_output_tokens; it is {target.DefaultMaxOutputTokens}.");
    }
}
