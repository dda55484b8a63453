using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Faults;

namespace Platform.ProviderSimulator.Wire;

/// <summary>One accepted call: what was asked, how it misbehaves, and whom to bill.</summary>
internal sealed record Call(ModelRequest Request, Fault Fault, string? AttemptId, string ApiKey, DateTimeOffset ReceivedAt)
{
    /// <summary>New for every call; answers put their prefix before it.</summary>
    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The tier that it is served and billed at, as the answer tells it; null when it tells none, and then it is the default one.</summary>
    public string? ServiceTier => Fault.ServiceTier ?? Request.ServiceTier;

    /// <summary>Tokens to generate: what the model would think and say, capped by the request, unless it is to break its cap.</summary>
    public int OutputTokens => CappedTokens + (IsEmbedding ? 0 : Fault.ExcessOutputTokens ?? 0);

    /// <summary>Whether the cap ended the answer.</summary>
    public bool IsCapped => WantedTokens > CappedTokens;

    /// <summary>Whether the answer is to be broken off, and with how many tokens generated.</summary>
    public bool IsCut => Fault.CutAfterTokens <= OutputTokens;

    public Cut CutBy => Fault.CutBy ?? Cut.Close;

    /// <summary>Tokens that are generated before the end or the cut.</summary>
    public int TokensBeforeEnd => Math.Min(OutputTokens, Fault.CutAfterTokens ?? int.MaxValue);

    /// <summary>Tokens before those that are shown.</summary>
    public int HiddenTokens => Math.Min(Fault.ReasoningTokens ?? 0, OutputTokens);

    /// <summary>Tokens that the whole answer shows.</summary>
    public int ShownTokens => OutputTokens - HiddenTokens;

    /// <summary>Nothing is generated then, and nothing cached.</summary>
    private bool IsEmbedding => Request.Price.Vendor == Vendor.OpenAiEmbeddings;

    private int CappedTokens => Math.Min(WantedTokens, Request.MaxTokens ?? int.MaxValue);

    private int WantedTokens => (Fault.ReasoningTokens ?? 0) + (Request.Speech.IsWords
        ? Fault.OutputTokens ?? Request.Speech.Tokens
        : Math.Min(Fault.OutputTokens ?? int.MaxValue, Request.Speech.Tokens));

    /// <summary>What an answer of this many generated tokens has used.</summary>
    public Usage UsageOf(int generated)
    {
        var prompt = Fault.InputTokens ?? Request.PromptTokens;
        var cached = IsEmbedding ? 0 : Math.Min(Fault.CachedTokens ?? 0, prompt);
        // Only this vendor bills writing to its cache apart.
        var writes = Request.Price.Vendor == Vendor.Anthropic;
        var minutes = writes || Request.StatesCacheWrites ? Math.Min(Fault.CacheWriteTokens ?? Request.ToCache.Minutes, prompt - cached) : 0;
        var hour = writes ? Math.Min(Fault.CacheWriteHourTokens ?? Request.ToCache.Hour, prompt - cached - minutes) : 0;
        return new Usage(prompt, cached, generated, Math.Min(HiddenTokens, generated), minutes, hour);
    }

    /// <summary>What is billed for this many generated tokens, whether anyone received them or not.</summary>
    public InvoiceLine Bill(int generated)
    {
        var (usage, tier) = (UsageOf(generated), ServiceTier ?? InvoiceLine.DefaultTier);
        return new InvoiceLine(AttemptId, Wire.ApiKey.Tail(ApiKey), Request.Model, ReceivedAt, usage, (Request.Price.Tiers.GetValueOrDefault(tier) ?? Request.Price).Cost(usage), tier);
    }
}
