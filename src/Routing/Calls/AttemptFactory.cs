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

    /// <param name="number">1 for a call's first.</param>
    /// <param name="retryOf">The attempt of the call before; null for its first.</param>
    public Attempt Make(Call call, in TargetSelection selection, int number, Guid? retryOf)
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
            AttemptId = call.Item?.AttemptId(number) ?? Guid.CreateVersion7(now),
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
            Started = number == 1 ? call.Arrived : time.GetTimestamp(),
            Activity = activity,
        };
    }
}
