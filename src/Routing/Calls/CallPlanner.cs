using System.Diagnostics;
using Platform.Contracts;
using Platform.Routing.Attempts;
using Platform.Routing.Catalogue;
using Platform.Routing.Pricing;
using Platform.Routing.Shapes;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>Decides for a call: which target, at which price, bounded by how much.</summary>
internal sealed class CallPlanner(CatalogueReplica catalogue, Microsoft.Extensions.Options.IOptions<ProviderOptions> providers, PriceReplica prices, PromptHasher hasher, TimeProvider time)
{
    /// <summary>Null when the attempt may be funded.</summary>
    /// <param name="arrived">When the call arrived, by the monotonic clock.</param>
    public ApiError? TryPlan(WireShape shape, CallRequest request, Caller caller, string workload, long arrived, out Attempt? attempt)
    {
        attempt = null;
        if (!catalogue.Current.Models.TryGetValue(request.Model, out var model))
        {
            return ApiError.ModelNotFound(request.Model);
        }

        if (KeyAccess.TryAsk(caller, model) is { } forbidden)
        {
            return forbidden;
        }

        if (providers.Value.Find(model.Provider) is not { } provider)
        {
            return ApiError.ProviderUnavailable(503, $"The provider '{model.Provider}' is not set up: its address or key is missing.");
        }

        if (!prices.IsReceived)
        {
            return ApiError.PricesUnavailable;
        }

        if (prices.Find(model.Provider, model.UpstreamModel) is not { } price)
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
            Provider = provider,
            Price = price,
            Bound = Bound.Of(price, model, request.MaxInputTokens, request.AskedCap ?? model.DefaultMaxOutputTokens, request.Choices),
            OccurredAt = now,
            Started = arrived,
            Activity = RoutingMetrics.Source.StartActivity($"{shape.Operation} {model.Name}", ActivityKind.Client),
        };
        attempt.Activity?.SetTag("gen_ai.operation.name", shape.Operation).SetTag("gen_ai.system", model.Provider)
            .SetTag("gen_ai.request.model", model.UpstreamModel);
        return null;
    }
}
