using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Waste;

/// <summary>What each rule in shadow mode would have saved, or cost: which of them to switch on.</summary>
internal sealed class GetShadowRules(ShadowRuleStore store, TeamDirectory organisation, TimeProvider time)
{
    private const int DefaultDays = 28;
    private const int MaxDays = 400;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public async Task<GetShadowRulesResponse> RunAsync(GetShadowRulesRequest request, CancellationToken cancellationToken)
    {
        var to = Moments.Read("to", request.To) is { } end ? Day(end) : Day(time.GetUtcNow()).AddDays(1);
        var from = Moments.Read("from", request.From) is { } begin ? Day(begin) : to.AddDays(-DefaultDays);
        if (from >= to || to - from > TimeSpan.FromDays(MaxDays))
        {
            throw RpcErrors.InvalidArgument($"The range must be 1 to {MaxDays} days; from and to are rounded down to days of UTC.");
        }

        var rules = await store.ReadAsync(from, to, cancellationToken);
        return new GetShadowRulesResponse
        {
            From = from.ToTimestampUtc(),
            To = to.ToTimestampUtc(),
            Currency = await organisation.GetCurrencyAsync(cancellationToken),
            Rules =
            {
                rules.OrderByDescending(rule => rule.SavedNanos).ThenBy(rule => rule.Rule, StringComparer.Ordinal).Select(rule => new ShadowRule
                {
                    Rule = rule.Rule,
                    Calls = rule.Calls,
                    ComparedCalls = rule.ComparedCalls,
                    CostNanos = rule.CostNanos,
                    RuleCostNanos = rule.RuleCostNanos,
                }),
            },
        };
    }

    private static DateTimeOffset Day(DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerDay), TimeSpan.Zero);
}
