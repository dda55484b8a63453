using System.ComponentModel.DataAnnotations;
using Platform.Api.Spend;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Workloads;

/// <summary>A rule's conditions: all are met, a list by one of its values.</summary>
internal abstract record WorkloadRuleInput
{
    /// <summary>From 1; absent: keeps its place, or comes last.</summary>
    public int? Position { get; init; }

    public IReadOnlyList<string>? Team { get; init; }

    public IReadOnlyList<string>? User { get; init; }

    public IReadOnlyList<string>? Application { get; init; }

    public IReadOnlyList<string>? Key { get; init; }

    public IReadOnlyList<string>? Provider { get; init; }

    /// <summary>As it ran.</summary>
    public IReadOnlyList<string>? Model { get; init; }

    public IReadOnlyList<string>? Lane { get; init; }

    public Dictionary<string, string>? Tags { get; init; }

    /// <summary>All kinds of input together, inclusive.</summary>
    public long? MinInputTokens { get; init; }

    public long? MaxInputTokens { get; init; }

    public WorkloadRule ToRule(string name, string? workload)
    {
        var rule = new WorkloadRule { Name = name, Workload = workload ?? "", Position = Position ?? 0 };
        Add(SpendDimension.Team, Team);
        Add(SpendDimension.User, User);
        Add(SpendDimension.Application, Application);
        Add(SpendDimension.Key, Key);
        Add(SpendDimension.Provider, Provider);
        Add(SpendDimension.Model, Model);
        Add(SpendDimension.Lane, Lane);
        rule.Tags.Add(Tags ?? []);
        if (MinInputTokens is { } least)
        {
            rule.MinInputTokens = least;
        }

        if (MaxInputTokens is { } most)
        {
            rule.MaxInputTokens = most;
        }

        return rule;

        void Add(SpendDimension dimension, IReadOnlyList<string>? values)
        {
            if (values is not null)
            {
                rule.Filters.Add(new SpendFilter { Dimension = dimension, Values = { values } });
            }
        }
    }
}

/// <summary>A rule's class and conditions: all are met, a list by one of its values.</summary>
internal sealed record SetWorkloadRuleInput : WorkloadRuleInput
{
    /// <summary>interactive, copilot, batch, evaluation or an own class.</summary>
    [Required]
    public string? Workload { get; init; }
}

/// <summary>A rule to look at; only its name for a stored one. The range as of spend, in whole days of UTC.</summary>
internal sealed record RulePreviewInput : WorkloadRuleInput
{
    [Required]
    public string? Name { get; init; }

    /// <summary>interactive, copilot, batch, evaluation or an own class; absent: the stored rule's.</summary>
    public string? Workload { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }

    public string? Since { get; init; }
}

internal sealed record WorkloadRulesBody(IReadOnlyList<WorkloadRuleBody> Rules)
{
    public static WorkloadRulesBody From(WorkloadRules rules) => new([.. rules.Rules.Select(WorkloadRuleBody.From)]);
}

/// <param name="Conditions">By dimension: one of these values.</param>
internal sealed record WorkloadRuleBody(
    string Name, int Position, string Workload, IReadOnlyDictionary<string, IReadOnlyList<string>> Conditions, IReadOnlyDictionary<string, string> Tags,
    long? MinInputTokens, long? MaxInputTokens, DateTimeOffset? SetAt, string SetBy)
{
    public static WorkloadRuleBody From(WorkloadRule rule) => new(
        rule.Name, rule.Position, rule.Workload, rule.Filters.ToDictionary(filter => Json.EnumText.Of(filter.Dimension), filter => (IReadOnlyList<string>)[.. filter.Values]),
        rule.Tags, rule.HasMinInputTokens ? rule.MinInputTokens : null, rule.HasMaxInputTokens ? rule.MaxInputTokens : null, rule.SetAt.ToMoment(), rule.SetBy);
}

/// <param name="Calls">Unclassified calls that the rule would have classified, and no rule before it.</param>
/// <param name="Classified">What meets its conditions and has a class already: it would have stayed.</param>
/// <param name="UnclassifiedShare">Part of all calls of the range that has no class: 0 to 1.</param>
/// <param name="UnclassifiedShareWithRule">What it would have been.</param>
internal sealed record RulePreviewBody(
    DateTimeOffset? From, DateTimeOffset? To, string Currency, long Calls, Money Cost, IReadOnlyList<PreviewRowBody> Classified, decimal UnclassifiedShare,
    decimal UnclassifiedShareWithRule)
{
    public static RulePreviewBody Of(RulePreview preview) => new(
        preview.From.ToMoment(), preview.To.ToMoment(), preview.Currency, preview.Calls, new(preview.CostNanos),
        [.. preview.Classified.Select(row => new PreviewRowBody(row.Workload, row.Calls, new(row.CostNanos)))], SpendBody.Share(preview.UnclassifiedCalls, preview.AllCalls),
        SpendBody.Share(preview.UnclassifiedCalls - preview.Calls, preview.AllCalls));
}

internal sealed record PreviewRowBody(string Workload, long Calls, Money Cost);
