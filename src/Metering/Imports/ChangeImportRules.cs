using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Postgres;

namespace Platform.Metering.Imports;

/// <summary>Sets and ends rules.</summary>
internal sealed class ChangeImportRules(Changes changes, ImportRows rows)
{
    public async Task<ImportRule> SetAsync(SetImportRuleRequest request, string actor, CancellationToken cancellationToken)
    {
        ImportCheck.Require(ImportCheck.Rule(request.Rule));
        await rows.RequireTeamsAsync([request.Rule.TeamId], cancellationToken);
        return await changes.RunAsync(
            "SetImportRule", request.IdempotencyKey, request, ImportRule.Parser,
            (transaction, now) => ImportRuleStore.SetAsync(transaction, request.Rule, actor, now, cancellationToken), cancellationToken);
    }

    public Task<ImportRule> RemoveAsync(RemoveImportRuleRequest request, string actor, CancellationToken cancellationToken) => changes.RunAsync(
        "RemoveImportRule", request.IdempotencyKey, request, ImportRule.Parser,
        async (transaction, now) => await ImportRuleStore.EndAsync(transaction, request.RuleId, actor, now, cancellationToken)
            ?? throw RpcErrors.NotFound(Reasons.ImportRuleNotFound, $"There is no rule {request.RuleId}. kt imports map list shows them."),
        cancellationToken);
}
