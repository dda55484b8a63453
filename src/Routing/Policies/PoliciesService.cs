using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Policies.Changes;
using Platform.Routing.Policies.Checks;
using Platform.Routing.Policies.Explain;
using Platform.Routing.Pricing;
using Platform.Routing.Scheduled;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Policies;

/// <summary>gRPC: the policy's versions, and what puts one in force.</summary>
internal sealed class PoliciesService(PolicyStore store, ChangePolicy change, ExplainRoute explain, PriceReplica prices, BatchStore batches) : Contracts.Routing.V1.Policies.PoliciesBase
{
    private const int UsualVersions = 50;
    private const int MostVersions = 500;

    [RequireRole(Role.Viewer)]
    public override async Task<PolicyVersion> GetPolicy(GetPolicyRequest request, ServerCallContext context)
    {
        var found = request.Version == 0
            ? await store.ReadNewestAsync(context.CancellationToken)
            : await store.FindAsync(request.Version, context.CancellationToken) ?? throw ChangePolicy.NotFound(request.Version);
        return found.ToContract();
    }

    [RequireRole(Role.Viewer)]
    public override async Task<ListPolicyVersionsResponse> ListPolicyVersions(ListPolicyVersionsRequest request, ServerCallContext context)
    {
        if (request.Limit is < 0 or > MostVersions)
        {
            throw RpcErrors.InvalidArgument($"limit must be 1 to {MostVersions}, or 0 for {UsualVersions}; it is {request.Limit}.");
        }

        return await store.ListAsync(request.Limit == 0 ? UsualVersions : request.Limit, request.BeforeVersion, context.CancellationToken);
    }

    [RequireRole(Role.Viewer)]
    public override Task<ExplainRouteResponse> ExplainRoute(ExplainRouteRequest request, ServerCallContext context) => explain.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task<ComparePoliciesResponse> ComparePolicies(ComparePoliciesRequest request, ServerCallContext context)
    {
        var from = await store.FindAsync(request.FromVersion, context.CancellationToken) ?? throw ChangePolicy.NotFound(request.FromVersion);
        var to = request.ToVersion == 0
            ? await store.ReadNewestAsync(context.CancellationToken)
            : await store.FindAsync(request.ToVersion, context.CancellationToken) ?? throw ChangePolicy.NotFound(request.ToVersion);
        return new ComparePoliciesResponse { FromVersion = from.Version, ToVersion = to.Version, Changes = { PolicyDiff.Of(from.Policy, to.Policy) } };
    }

    [RequireRole(Role.Admin)]
    public override async Task<ApplyPolicyResponse> ApplyPolicy(ApplyPolicyRequest request, ServerCallContext context)
    {
        var open = await batches.CountOpenAsync(context.CancellationToken);
        return Warn(await change.ApplyAsync(request, context.GetCaller().KeyId, context.CancellationToken), request.Policy, open);
    }

    [RequireRole(Role.Admin)]
    public override async Task<ApplyPolicyResponse> RollBackPolicy(RollBackPolicyRequest request, ServerCallContext context)
    {
        var open = await batches.CountOpenAsync(context.CancellationToken);
        var wanted = await store.FindAsync(request.Version, context.CancellationToken);
        var answer = await change.RollBackAsync(request, context.GetCaller().KeyId, context.CancellationToken);
        return wanted is null ? answer : Warn(answer, wanted.Policy, open);
    }

    /// <summary>By the prices and the work of this moment, also when the answer is a repeat's.</summary>
    /// <param name="open">Read before the change: once it is in force nothing may keep its answer back.</param>
    private ApplyPolicyResponse Warn(ApplyPolicyResponse answer, RoutePolicy policy, IReadOnlyDictionary<string, int> open)
    {
        answer.Warnings.Add(UnpricedTargets.Of(policy, prices.Current));
        answer.Warnings.Add(StrandedBatches.Of(policy, open));
        return answer;
    }
}
