using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Teams;

namespace Platform.Metering.Workloads;

/// <summary>What a rule would have classified in the past, if it stood where it stands or is to stand. Changes nothing.</summary>
internal sealed class PreviewRule(WorkloadRuleStore rules, PreviewStore store, SpendSource spend, TeamDirectory organisation, TimeProvider time)
{
    private const int DefaultDays = 30;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; NOT_FOUND (RULE_NOT_FOUND); FAILED_PRECONDITION (USAGE_NOT_KEPT).</exception>
    public async Task<RulePreview> RunAsync(PreviewRuleRequest request, CancellationToken cancellationToken)
    {
        var tomorrow = Day(time.GetUtcNow()).AddDays(1);
        var to = Moments.Read("to", request.To) is { } end ? Day(end) : tomorrow;
        var from = Moments.Read("from", request.From) is { } begin ? Day(begin) : to.AddDays(-DefaultDays);
        if (from >= to)
        {
            throw RpcErrors.InvalidArgument("from must lie at least a day before to; both are rounded down to days of UTC.");
        }

        var set = await rules.ReadAsync(cancellationToken);
        var rule = Chosen(request.Rule ?? throw RpcErrors.InvalidArgument("rule is required."), set);
        var others = set.Rules.Where(other => other.Name != rule.Name).ToList();
        var stored = set.Rules.ToList().FindIndex(other => other.Name == rule.Name);
        var place = rule.Position > 0 ? rule.Position - 1 : stored >= 0 ? stored : others.Count;
        var taken = await store.ReadAsync(rule, [.. others.Take(place)], from, to, cancellationToken);
        var all = await spend.ReadAsync([new TimeBucket(from, to, "")], [], [], booked: false, 1, cut: null, cancellationToken);
        return new RulePreview
        {
            From = from.ToTimestampUtc(),
            To = to.ToTimestampUtc(),
            Calls = taken.Where(row => row.Workload.Length == 0).Sum(row => row.Calls),
            CostNanos = taken.Where(row => row.Workload.Length == 0).Sum(row => row.CostNanos),
            Classified = { taken.Where(row => row.Workload.Length > 0) },
            AllCalls = all.Sum(sum => sum.Figures.Calls),
            UnclassifiedCalls = all.Sum(sum => sum.Figures.UnclassifiedCalls),
            Currency = await organisation.GetCurrencyAsync(cancellationToken),
        };
    }

    /// <summary>The stored rule where only a name is given.</summary>
    private static WorkloadRule Chosen(WorkloadRule asked, WorkloadRuleSet set)
    {
        if (asked.Workload.Length == 0)
        {
            return set.Rules.FirstOrDefault(rule => rule.Name == asked.Name) ?? throw ChangeRules.NotFound(asked.Name);
        }

        RuleCheck.Require(asked);
        return asked;
    }

    private static DateTimeOffset Day(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerDay), TimeSpan.Zero);
}
