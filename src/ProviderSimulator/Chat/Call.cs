using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Faults;
using Platform.ProviderSimulator.Generation;

namespace Platform.ProviderSimulator.Chat;

/// <summary>One accepted call: what was asked, how it misbehaves, and whom to bill.</summary>
internal sealed record Call(ChatRequest Request, Fault Fault, string? AttemptId, string ApiKey, DateTimeOffset ReceivedAt)
{
    /// <summary>The answer's id, new for every call.</summary>
    public string Id { get; } = $"chatcmpl-{Guid.NewGuid():N}";

    /// <summary>Tokens to generate: what the model would say, capped by the request.</summary>
    public int OutputTokens => Math.Min(WantedTokens, Request.MaxTokens ?? int.MaxValue);

    /// <summary><c>length</c> when the cap ended the answer, else <c>stop</c>.</summary>
    public string FinishReason => WantedTokens > OutputTokens ? "length" : "stop";

    /// <summary>Whether the connection is to be cut, and with how many tokens generated.</summary>
    public bool IsCut => Fault.CutAfterTokens <= OutputTokens;

    /// <summary>Tokens that are generated before the end or the cut.</summary>
    public int TokensBeforeEnd => Math.Min(OutputTokens, Fault.CutAfterTokens ?? int.MaxValue);

    private int WantedTokens => Fault.OutputTokens ?? OutputText.DefaultTokens(Request.Seed);

    public Usage UsageOf(int completionTokens) =>
        new(Request.PromptTokens, Math.Min(Fault.CachedTokens ?? 0, Request.PromptTokens), completionTokens);

    /// <summary>What is billed for this many generated tokens, whether anyone received them or not.</summary>
    public InvoiceLine Bill(int completionTokens)
    {
        var usage = UsageOf(completionTokens);
        return new InvoiceLine(
            AttemptId, ProviderSimulator.ApiKey.Tail(ApiKey), Request.Model, ReceivedAt, usage, Request.Price.Cost(usage));
    }
}
