using Platform.Contracts.Wallet.V1;

namespace Platform.Routing.Policies;

/// <summary>The words of a policy's document, and what each stands for.</summary>
internal static class PolicyNames
{
    /// <summary>Of a list of failures: none of them. It stands alone.</summary>
    public const string NoFailures = "none";

    public static readonly IReadOnlyDictionary<string, ProviderKind> Kinds = new Dictionary<string, ProviderKind>
    {
        ["openai"] = ProviderKind.OpenAi, ["azure_openai"] = ProviderKind.AzureOpenAi, ["anthropic"] = ProviderKind.Anthropic, ["compatible"] = ProviderKind.Compatible,
    };

    public static readonly IReadOnlyDictionary<string, ShapeKinds> Shapes = new Dictionary<string, ShapeKinds>
    {
        ["chat"] = ShapeKinds.Chat, ["messages"] = ShapeKinds.Messages, ["embeddings"] = ShapeKinds.Embeddings, ["responses"] = ShapeKinds.Responses,
    };

    public static readonly IReadOnlyDictionary<string, Strategy> Strategies = new Dictionary<string, Strategy>
    {
        ["ordered"] = Strategy.Ordered, ["weighted"] = Strategy.Weighted, ["lowest_cost"] = Strategy.LowestCost, ["lowest_latency"] = Strategy.LowestLatency,
        ["least_loaded"] = Strategy.LeastLoaded,

        // By another name, as a set without weights: last, so that explaining a set of this strategy says weighted. A gateway that counted turns would not know the others' turns.
        ["round_robin"] = Strategy.Weighted,
    };

    public static readonly IReadOnlyDictionary<string, FailureKinds> Retries = new Dictionary<string, FailureKinds>
    {
        ["rate_limit"] = FailureKinds.RateLimit, ["timeout"] = FailureKinds.Timeout, ["server_error"] = FailureKinds.ServerError, ["connection"] = FailureKinds.Connection,
        ["stream_error"] = FailureKinds.StreamError,
    };

    public static readonly IReadOnlyDictionary<string, FailureKinds> Fallbacks = new Dictionary<string, FailureKinds>(Retries)
    {
        ["context_length"] = FailureKinds.ContextLength, ["content_policy"] = FailureKinds.ContentPolicy,
        ["misconfigured"] = FailureKinds.Misconfigured,
    };

    /// <summary>Failures by other names, in documents alone: explanations and reports have one word for each.</summary>
    public static readonly IReadOnlyDictionary<string, FailureKinds> OtherFailureNames = new Dictionary<string, FailureKinds> { ["5xx"] = FailureKinds.ServerError };

    public static readonly IReadOnlyDictionary<string, LimitScope> Scopes = new Dictionary<string, LimitScope>
    {
        ["key"] = LimitScope.Key, ["user"] = LimitScope.User, ["team"] = LimitScope.Team, ["model"] = LimitScope.Model, ["lane"] = LimitScope.Lane,
        ["provider"] = LimitScope.Provider, ["global"] = LimitScope.Global,
    };

    public static readonly IReadOnlyList<string> OutputCapFields = ["max_tokens", "max_completion_tokens"];

    /// <summary>What an attempt does whose caller has gone away: it is read to its end, or cancelled.</summary>
    public static readonly IReadOnlyList<string> OnAbandon = ["drain", "cancel"];

    /// <summary>How the usage of a stream of chat completions comes: because it is asked for, or unasked from who knows no such question.</summary>
    public static readonly IReadOnlyList<string> StreamUsage = ["asked", "always"];

    public static readonly IReadOnlyList<string> RuleModes = ["on", "shadow", "off"];

    public static readonly IReadOnlyDictionary<string, WalletStatus> WalletStatus = new Dictionary<string, WalletStatus>
    {
        ["healthy"] = Contracts.Wallet.V1.WalletStatus.Healthy, ["low"] = Contracts.Wallet.V1.WalletStatus.Low, ["depleted"] = Contracts.Wallet.V1.WalletStatus.Depleted,
    };
}
