using System.Diagnostics;
using Platform.Contracts;
using Platform.Routing.Attempts;
using Platform.Routing.Catalogue;
using Platform.Routing.Pricing;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Chat;

/// <summary>Decides for a call: which target, at which price, bounded by how much.</summary>
internal sealed class CallPlanner(CatalogueReplica catalogue, Microsoft.Extensions.Options.IOptions<ProviderOptions> providers, PriceReplica prices, PromptHasher hasher, TimeProvider time)
{
    /// <summary>Null when the attempt may be funded.</summary>
    /// <param name="arrived">When the call arrived, by the monotonic clock.</param>
    public ApiError? TryPlan(ChatRequest request, ReadOnlySpan<byte> body, Caller caller, string workload, long arrived, out Attempt? attempt)
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
            Caller = caller,
            Workload = workload,
            PromptHash = hasher.Hash(caller.TeamId, body, request),
            Model = model,
            Provider = provider,
            Price = price,
            Bound = Bound.Of(price, model, body.Length, request.AskedCap ?? model.DefaultMaxOutputTokens, request.Choices),
            OccurredAt = now,
            Started = arrived,
            Activity = RoutingMetrics.Source.StartActivity($"chat {model.Name}", ActivityKind.Client),
        };
        attempt.Activity?.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.system", model.Provider)
            .SetTag("gen_ai.request.model", model.UpstreamModel);
        return null;
    }
}
