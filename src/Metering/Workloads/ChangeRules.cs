using Google.Protobuf;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Postgres;

namespace Platform.Metering.Workloads;

/// <summary>Sets and removes rules, one change after the other. Positions are numbered anew at each, from 1.</summary>
internal sealed class ChangeRules(Changes changes, WorkloadClassifier classifier)
{
    /// <param name="setBy">The caller's key.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT; ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<WorkloadRules> SetAsync(SetRuleRequest request, string setBy, CancellationToken cancellationToken)
    {
        RuleCheck.Require(request.Rule);
        return ChangeAsync("workload_rules.set", request.IdempotencyKey, request, async (transaction, rules, now) =>
        {
            var order = rules.Select(rule => rule.Name).ToList();
            var place = order.IndexOf(request.Rule.Name);
            order.Remove(request.Rule.Name);
            if (order.Count >= RuleCheck.MaxRules)
            {
                throw RpcErrors.InvalidArgument($"There are {RuleCheck.MaxRules} rules, which is the most; remove one first.");
            }

            var position = request.Rule.Position > 0 ? request.Rule.Position - 1 : place >= 0 ? place : order.Count;
            order.Insert(Math.Min(position, order.Count), request.Rule.Name);
            var rule = request.Rule.Clone();
            (rule.SetAt, rule.SetBy, rule.Position) = (null, "", order.IndexOf(rule.Name) + 1);
            await WorkloadRuleStore.EndAsync(transaction, rule.Name, setBy, now, cancellationToken);
            await WorkloadRuleStore.InsertAsync(transaction, rule, setBy, now, cancellationToken);
            return order;
        }, cancellationToken);
    }

    /// <param name="removedBy">The caller's key.</param>
    /// <exception cref="RpcException">NOT_FOUND (RULE_NOT_FOUND); ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<WorkloadRules> RemoveAsync(RemoveRuleRequest request, string removedBy, CancellationToken cancellationToken) =>
        ChangeAsync("workload_rules.remove", request.IdempotencyKey, request, async (transaction, rules, now) =>
            await WorkloadRuleStore.EndAsync(transaction, request.Name, removedBy, now, cancellationToken)
                ? [.. rules.Select(rule => rule.Name).Where(name => name != request.Name)]
                : throw NotFound(request.Name), cancellationToken);

    public static RpcException NotFound(string name) =>
        RpcErrors.Create(StatusCode.NotFound, Reasons.RuleNotFound, $"There is no rule '{Validation.Shown(name)}'.");

    /// <param name="change">Answers the names in their new order.</param>
    private async Task<WorkloadRules> ChangeAsync(
        string operation, string idempotencyKey, IMessage request, Func<NpgsqlTransaction, IReadOnlyList<WorkloadRule>, DateTimeOffset, Task<List<string>>> change,
        CancellationToken cancellationToken)
    {
        var answer = await changes.RunAsync(
            operation, idempotencyKey, request, WorkloadRules.Parser,
            async (transaction, now) =>
            {
                var before = await WorkloadRuleStore.ReadAsync(transaction, cancellationToken);
                var order = await change(transaction, before.Rules, now);
                for (var index = 0; index < order.Count; index++)
                {
                    await WorkloadRuleStore.MoveAsync(transaction, order[index], index + 1, cancellationToken);
                }

                return new WorkloadRules { Rules = { (await WorkloadRuleStore.ReadAsync(transaction, cancellationToken)).Rules } };
            },
            cancellationToken, enter: transaction => WorkloadRuleStore.LockAndAdvanceAsync(transaction, cancellationToken));
        classifier.Forget();
        return answer;
    }
}
