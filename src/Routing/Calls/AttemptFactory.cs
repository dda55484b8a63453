using System.Diagnostics;
using Platform.Contracts;
using Platform.Routing.Attempts;
using Platform.Routing.Choosing;
using Platform.Routing.Telemetry;

namespace Platform.Routing.Calls;

/// <summary>Makes attempts: priced and bounded for the target that was chosen, with an id of their own.</summary>
internal sealed class AttemptFactory(TargetChooser chooser, TimeProvider time)
{
    private const int MaxReasonLength = 200;

    /// <param name="place">1 for a call's first. Of work that waits its id follows from it, so one that was funded and not sent counts.</param>
    /// <param name="number">As <see cref="Attempt.Number"/>.</param>
    /// <param name="retryOf">The attempt of the call before that was sent; null for its first.</param>
    public Attempt Make(Call call, in TargetSelection selection, int place, int number, Guid? retryOf)
    {
        var (target, prices) = (selection.Option.Target, selection.Option.Prices);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var activity = RoutingMetrics.Source.HasListeners()
            ? RoutingMetrics.Source.StartActivity($"{call.Shape.Operation} {call.Model.Name}", ActivityKind.Client)
            : null;
        activity?.SetTag("gen_ai.operation.name", call.Shape.Operation).SetTag("gen_ai.system", target.Provider.Name).SetTag("gen_ai.request.model", target.Model);
        return new Attempt
        {
            Call = call,
            AttemptId = call.Item?.AttemptId(place) ?? Guid.CreateVersion7(now),
            Number = number,
            RetryOf = retryOf,
            Target = target,
            ProviderKey = selection.Option.Key,
            Prices = prices,
            PrimaryPrice = selection.Primary?.Prices.Sought,
            DefaultPrice = chooser.DefaultPrice(call),
            ShadowPrice = chooser.ShadowPrice(call),
            Reason = selection.Reason.Length <= MaxReasonLength ? selection.Reason : selection.Reason[..MaxReasonLength],
            Bound = Bound.Of(prices, target, call.Request.MaxInputTokensAt(target)!.Value, call.Request.CapAt(target), call.Request.Choices),
            OccurredAt = now,
            Started = place == 1 ? call.Arrived : time.GetTimestamp(),
            Activity = activity,
        };
    }
}
