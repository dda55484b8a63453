using Platform.Contracts.Routing.V1;
using Platform.Routing.Attempts;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;

namespace Platform.Routing.Deciding;

/// <summary>A decision as it is told. Never the provider's key: the platform has its own.</summary>
internal static class DecideAnswer
{
    /// <param name="place">Among all attempts of the call, those included that were never sent: the policy allows so many.</param>
    public static DecideResponse Of(Attempt attempt, int place)
    {
        var (call, target) = (attempt.Call, attempt.Target);
        var failover = call.Route.Failover;
        var answer = new DecideResponse
        {
            AttemptId = attempt.AttemptId.ToString(),
            CallId = call.Id.ToString(),
            AttemptNumber = attempt.Number,
            Target = target.Name,
            Provider = target.Provider.Name,
            ProviderKind = PolicyNames.Kinds.First(kind => kind.Value == target.Provider.Kind).Key,
            BaseUrl = target.Provider.BaseUrl,
            ApiPath = target.Provider.Kind == ProviderKind.AzureOpenAi ? "" : target.Provider.ApiPath,
            Model = target.Model,
            ServiceTier = call.Shape.Kind is ShapeKinds.Chat or ShapeKinds.Responses ? ServiceTiers.ToSend(target, callerAsksFlex: false) : "",
            Deployment = target.Provider.Kind == ProviderKind.AzureOpenAi ? target.Deployment : "",
            ApiVersion = target.Provider.ApiVersion,
            OutputCap = attempt.Bound.OutputCap,
            OutputCapField = target.OutputCapField,
            Lane = call.Lane,
            Reason = attempt.Reason,
            Policy = call.Policy.Label,
            BoundNanos = attempt.Bound.Nanos,
            Currency = attempt.Price.Currency,
            Mark = attempt.Mark,
            RetryOn = { NamesOf(failover.RetryOn) },
            FallbackOn = { NamesOf(failover.FallbackOn) },
            AttemptsLeft = Math.Max(0, failover.MaxAttempts - place),
        };
        if (attempt.WalletRemainingNanos is { } remaining)
        {
            answer.WalletRemainingNanos = remaining;
        }

        return answer;
    }

    private static IEnumerable<string> NamesOf(FailureKinds kinds) => PolicyNames.Fallbacks.Where(pair => kinds.HasFlag(pair.Value)).Select(pair => pair.Key);
}
