using Platform.Api.Http;
using Platform.Api.Spend;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using WorkloadsClient = Platform.Contracts.Metering.V1.Workloads.WorkloadsClient;

namespace Platform.Api.Workloads;

/// <summary>Rules that give usage without a workload class one.</summary>
internal static class WorkloadRuleEndpoints
{
    public static void MapWorkloads(this WebApplication app)
    {
        var rules = app.MapGroup("/v1/workloads/rules").WithTags("workloads");
        rules.MapGet("", ListAsync).WithSummary("The rules in their order.");
        rules.MapPut("/{name}", SetAsync).WithSummary("Makes a rule, or replaces the one of its name; it is applied to what is recorded from then on.");
        rules.MapDelete("/{name}", RemoveAsync).WithSummary("Removes a rule; what it has classified stays.");
        rules.MapPost("/preview", PreviewAsync).WithSummary("What a rule, or a stored one by its name, would have classified in the past. Changes nothing.");
    }

    private static async Task<WorkloadRulesBody> ListAsync(WorkloadsClient workloads, HttpContext http) =>
        WorkloadRulesBody.From(await workloads.ListRulesAsync(new ListRulesRequest(), Call.Options(http)));

    private static async Task<WorkloadRulesBody> SetAsync(string name, SetWorkloadRuleInput body, WorkloadsClient workloads, HttpContext http)
    {
        var rule = body.ToRule(name, Require.Text("workload", body.Workload));
        return WorkloadRulesBody.From(await workloads.SetRuleAsync(
            new SetRuleRequest { Rule = rule, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));
    }

    private static async Task<WorkloadRulesBody> RemoveAsync(string name, WorkloadsClient workloads, HttpContext http) => WorkloadRulesBody.From(
        await workloads.RemoveRuleAsync(new RemoveRuleRequest { Name = name, IdempotencyKey = Call.IdempotencyKey(http) }, Call.Options(http)));

    private static async Task<RulePreviewBody> PreviewAsync(RulePreviewInput body, WorkloadsClient workloads, TimeProvider time, HttpContext http)
    {
        var request = new PreviewRuleRequest { Rule = body.ToRule(Require.Text("name", body.Name), body.Workload) };
        if (body.From is not null || body.To is not null || body.Since is not null)
        {
            var range = SpendRange.Read(body.From, body.To, body.Since, null, null, time.GetUtcNow());
            (request.From, request.To) = (range.From.ToTimestampUtc(), range.EndsNow ? null : range.To.ToTimestampUtc());
        }

        return RulePreviewBody.Of(await workloads.PreviewRuleAsync(request, Call.Options(http)));
    }
}
