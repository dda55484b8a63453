using System.Diagnostics;
using Platform.Contracts;
using Platform.Routing.Attempts;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.Routing.Shapes;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>Decides for a call: which target, at which price, bounded by how much.</summary>
internal sealed class CallPlanner(RoutingTableReplica policy, PriceReplica prices, PromptHasher hasher, TimeProvider time)
{
    /// <summary>Null when the attempt may be funded.</summary>
    /// <param name="arrived">When the call arrived, by the monotonic clock.</param>
    public ApiError? TryPlan(WireShape shape, CallRequest request, Caller caller, string workload, long arrived, out Attempt? attempt)
    {
        attempt = null;
        var table = policy.Current;
        if (!table.Models.TryGetValue(request.Model, out var model))
        {
            return ApiError.ModelNotFound(request.Model);
        }

        if (KeyAccess.TryAsk(caller, model) is { } forbidden)
        {
            return forbidden;
        }

        if (model.Route.Targets.FirstOrDefault(choice => choice.Target.Shapes.HasFlag(shape.Kind))?.Target is not { } target)
        {
            return ApiError.ModelOfAnotherShape(model.Name);
        }

        if (target.Provider.KeyFor(caller.TeamId) is not { } key || !target.Provider.IsSetUpFor(caller.TeamId))
        {
            return ApiError.ProviderUnavailable(503, $"The provider '{target.Provider.Name}' is not set up: its address or key is missing.");
        }

        if (!prices.IsReceived)
        {
            return ApiError.PricesUnavailable;
        }

        if (prices.Find(target.Provider.Name, target.Model, target.ServiceTier, target.Region) is not { } price)
        {
            return ApiError.ModelUnpriced(model.Name);
        }

        var now = time.GetUtcNow().TruncateToMicroseconds();
        attempt = new Attempt
        {
            CallId = Guid.CreateVersion7(now),
            AttemptId = Guid.CreateVersion7(now),
            Shape = shape,
            Caller = caller,
            Workload = workload,
            PromptHash = hasher.Hash(caller.TeamId, request),
            Model = model,
            Lane = model.Lane,
            Target = target,
            ProviderKey = key,
            Policy = table.Label,
            Price = price,
            Bound = Bound.Of(price, target, request.MaxInputTokens, request.AskedCap ?? target.DefaultMaxOutputTokens, request.Choices),
            OccurredAt = now,
            Started = arrived,
            Activity = RoutingMetrics.Source.StartActivity($"{shape.Operation} {model.Name}", ActivityKind.Client),
        };
        attempt.Activity?.SetTag("gen_ai.operation.name", shape.Operation).SetTag("gen_ai.system", target.Provider.Name)
            .SetTag("gen_ai.request.model", target.Model);
        return null;
    }
}
