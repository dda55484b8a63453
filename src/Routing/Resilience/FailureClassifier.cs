using System.Text.RegularExpressions;
using Platform.Routing.Policies;

namespace Platform.Routing.Resilience;

/// <summary>
/// What kind of failure a provider's error is, by its status and by what those who run models write into it; and, apart from that, whether it proves that nothing was billed.
/// </summary>
internal static partial class FailureClassifier
{
    /// <summary>OpenAI, vLLM, Groq; Hugging Face; Ollama, Cohere, Fireworks; Gemini; Vertex AI.</summary>
    private static readonly string[] ModelBeginnings = ["The model ", "The requested model ", "model ", "models/", "Publisher model "];

    private static readonly string[] ModelIsMissing = ["not found", "does not exist"];

    /// <summary>In characters. Names of models with their projects are this long; what a caller named may follow them.</summary>
    private const int LongestFirstWords = 160;

    /// <summary>
    /// True when the provider may have generated, and will bill it: something between it and the gateway gave up, or answered in its place. Only what whoever runs the model says itself, in the shape
    /// of its errors, proves that it refused; a bare 500 or 503 may be a proxy's, whose connection broke or whose patience ended while the model answered. A refusal of the request (4xx) comes before
    /// anything is generated, whoever says it, unless it tells of work that was done.
    /// </summary>
    /// <param name="kind">Of the provider: not all bill the same refusals.</param>
    /// <param name="error">What the answer's body says; none: there is no body, or it broke off.</param>
    public static bool IsOutcomeUnknown(int status, ProviderKind kind, ProviderError error) =>
        IsOfTheWay(status) || (status == 400 && TellsOfWork(kind, error)) || (status >= 500 && (!error.IsTheirs || error.IsLost || Says(error.Code, "timeout")));

    /// <summary>
    /// True of a 400 that may be billed. Azure charges whatever it has processed, "for example, a 400 error due to a content filter or input limit"
    /// (https://learn.microsoft.com/azure/ai-foundry/openai/faq), behind a proxy too. Elsewhere the error itself says that there was output: a reasoning model's that came to its cap before its first word (OpenAI), a
    /// tool's call that Groq could not read (<c>failed_generation</c>), an answer that Anthropic's filter held back.
    /// </summary>
    private static bool TellsOfWork(ProviderKind kind, ProviderError error) =>
        error.HasGenerated
        || error.Message.StartsWith("Could not finish the message because max_tokens", StringComparison.OrdinalIgnoreCase)
        || error.Message.StartsWith("Output blocked", StringComparison.OrdinalIgnoreCase)
        || ((kind == ProviderKind.AzureOpenAi || error.IsAzures) && (IsContentPolicy(error) || error.Code == "context_length_exceeded" || SaysTooLong(error.Message)));

    /// <summary>
    /// Statuses of what stands between: 408, 502, 504; 499 and 460, whose caller had left; 520 to 527 and 530, of Cloudflare; 598 and 599, of some proxies. 424 is what Hugging Face's servers say when generating failed midway.
    /// </summary>
    private static bool IsOfTheWay(int status) => status is 408 or 424 or 460 or 499 or 502 or 504 or (>= 520 and <= 527) or 530 or 598 or 599;

    /// <summary>A redirect, which the gateway does not follow.</summary>
    public static bool IsElsewhere(int status) => status is >= 300 and < 400;

    /// <param name="error">As for <see cref="IsOutcomeUnknown"/>.</param>
    public static FailureKinds Classify(int status, ProviderError error) => status switch
    {
        _ when IsOutOfCredit(status, error) => FailureKinds.Misconfigured,
        429 => FailureKinds.RateLimit,
        _ when IsOfTheWay(status) => FailureKinds.Timeout,
        >= 500 => FailureKinds.ServerError,
        400 or 413 or 422 => ClassifyRefusal(status, error),
        // Its address is another one: nobody is served at this one, and a caller must not be sent there with the platform's key.
        _ when IsElsewhere(status) => FailureKinds.Misconfigured,
        401 or 407 => FailureKinds.Misconfigured,
        403 => ClassifyForbidden(error),
        // Groq has no capacity for its flex tier (https://console.groq.com/docs/flex-processing).
        498 => FailureKinds.RateLimit,
        404 => KnowsNoSuchModel(error) ? FailureKinds.Misconfigured : FailureKinds.None,
        _ => FailureKinds.None,
    };

    /// <summary>
    /// True when the account behind the gateway's key has nothing left to pay with: waiting does not help, an operator must pay in. DeepSeek, OpenRouter and Anthropic say so by 402, OpenAI by a
    /// code of 429 or 400 whose message is also that of ordinary limits elsewhere, Anthropic also by the message of a 400.
    /// </summary>
    /// <param name="error">As for <see cref="IsOutcomeUnknown"/>.</param>
    public static bool IsOutOfCredit(int status, ProviderError error) => status is not (400 or 403 or 429) ? status == 402
        : error.Code is "insufficient_quota" or "billing_hard_limit_reached" or "billing_not_active" or "billing_error"
            // From its beginning: what a caller sent may stand further on in a message.
            || error.Message.StartsWith("Your credit balance is too low", StringComparison.OrdinalIgnoreCase);

    /// <summary>Some providers answer 403 to content that they moderate; all others mean the key.</summary>
    private static FailureKinds ClassifyForbidden(ProviderError error) =>
        IsContentPolicy(error) || Says(error.Message, "moderation") || Says(error.Message, "flagged") ? FailureKinds.ContentPolicy : FailureKinds.Misconfigured;

    /// <summary>
    /// Or nothing at its address speaks the interface at all. What a caller names besides the model, such as a file, may be missing too: that is theirs. So the model must be what the message begins
    /// with: what a caller called a file stands further on, and one call that named it "model" would close the target off for all.
    /// </summary>
    private static bool KnowsNoSuchModel(ProviderError error) =>
        error is { Code.Length: 0, Message.Length: 0 } || error.Code is "model_not_found" or "DeploymentNotFound"
            || (BeginsWithModel(error.Message) && Array.Exists(ModelIsMissing, words => Says(FirstWords(error.Message), words))) || ModelIsGone().IsMatch(error.Message) || error.Message.StartsWith("model:", StringComparison.Ordinal);

    private static bool BeginsWithModel(string message) => Array.Exists(ModelBeginnings, beginning => message.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));

    /// <summary>The first sentence, as far as names of models are long.</summary>
    private static string FirstWords(string message)
    {
        var end = message.IndexOf(". ", StringComparison.Ordinal);
        return message[..Math.Min(end < 0 ? message.Length : end, LongestFirstWords)];
    }

    private static FailureKinds ClassifyRefusal(int status, ProviderError error)
    {
        if (error.Code is "context_length_exceeded" or "string_above_max_length" or "request_too_large"
            || SaysTooLong(error.Message)
            || (status == 413 && error.Code.Length == 0))
        {
            return FailureKinds.ContextLength;
        }

        return IsContentPolicy(error) ? FailureKinds.ContentPolicy : FailureKinds.None;
    }

    private static bool SaysTooLong(string message) => Says(message, "maximum context length") || Says(message, "prompt is too long") || Says(message, "exceed context limit");

    private static bool IsContentPolicy(ProviderError error) =>
        error.Code is "content_filter" or "content_policy_violation" or "ResponsibleAIPolicyViolation" || Says(error.Message, "content filtering policy")
        || Says(error.Message, "content management policy");

    private static bool Says(string message, string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);

    /// <summary>Said of the model itself, right behind its name, and not of a state that passes.</summary>
    [GeneratedRegex("""^(?:(?:The |The requested |Publisher )?model |models/)(?:'[^']{1,160}'|"[^"]{1,160}"|`[^`]{1,160}`|\S{1,160}) (?:is not recogni[sz]ed|is not available(?! (?:right now|at the moment|at this time|yet))|has been deprecated)""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ModelIsGone();
}
