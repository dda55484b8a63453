using System.Text.Json;
using Platform.Contracts;
using Platform.Rating;
using Platform.Routing.Policies;

namespace Platform.Routing.Pricing;

/// <summary>
/// The tiers of service that providers bill by, and how they are asked for and told: OpenAI's (https://developers.openai.com/api/docs/guides/flex-processing, …/priority-processing), whose words
/// others use too, and Anthropic's, which are told and not asked for (https://platform.claude.com/docs/en/api/service-tiers).
/// </summary>
internal static class ServiceTiers
{
    public const string Flex = "flex";
    public const string Priority = "priority";

    /// <summary>Capacity that was bought beforehand at OpenAI: what goes beyond it is billed as standard.</summary>
    public const string Scale = "scale";

    /// <summary>Of a provider's own batch interface, which the gateway does not call: no call through it is billed so.</summary>
    public const string Batch = "batch";

    /// <summary>How a request asks OpenAI for the standard tier, whatever its project is set to.</summary>
    public const string Default = "default";

    /// <summary>A tier that an answer told in no word that a price can have.</summary>
    public const string Unnamed = "unnamed";

    private const string OpenAiHost = "api.openai.com";

    /// <summary>True for tiers of which a provider may serve and bill the standard one instead. Any other name is an own price's, and stands for whatever the account has.</summary>
    public static bool MayBecomeStandard(string tier) => tier is Flex or Priority or Scale;

    /// <summary>The target's tier where its provider can be asked for it, which every request does then; else empty.</summary>
    public static string AskedOf(RouteTarget target) =>
        target.ServiceTier is Flex or Priority && target.Provider.Kind != ProviderKind.Anthropic ? target.ServiceTier : "";

    /// <summary>
    /// What chat completions and responses must carry as <c>service_tier</c>; empty: whatever the caller says. What the target says goes before that; where it says none OpenAI is asked for its
    /// standard tier in so many words: left out, or <c>auto</c>, it is what the project is set to, which may be a dearer one.
    /// </summary>
    public static string ToSend(RouteTarget target, bool callerAsksFlex) => AskedOf(target) is { Length: > 0 } asked ? asked
        : target.TakesDefaultTier && target.ServiceTier == Price.StandardTier && !callerAsksFlex ? Default
        : "";

    /// <summary>True at OpenAI itself, where a request that names no tier gets the one that its project is set to. Elsewhere the word may be refused.</summary>
    public static bool TakesDefault(RouteProvider provider) =>
        provider.Kind == ProviderKind.OpenAi && Uri.TryCreate(provider.BaseUrl, UriKind.Absolute, out var address)
        && (address.Host == OpenAiHost || address.Host.EndsWith("." + OpenAiHost, StringComparison.Ordinal));

    /// <summary>The tier that an answer tells, as prices name it; null when it tells none.</summary>
    /// <param name="reader">At the value, which is skipped.</param>
    public static string? Read(ref Utf8JsonReader reader)
    {
        var tier = reader.TokenType != JsonTokenType.String ? null
            : reader.ValueTextEquals("default"u8) || reader.ValueTextEquals("standard"u8) || reader.ValueTextEquals("on_demand"u8) ? Price.StandardTier
            : reader.ValueTextEquals("auto"u8) ? null
            : Named(reader.GetString()!);
        reader.Skip();
        return tier;
    }

    /// <summary>As prices name it; null for none.</summary>
    public static string? Named(string tier) => tier switch
    {
        "" or "auto" => null,
        Default or "on_demand" => Price.StandardTier,
        _ => Validation.Label("service_tier", tier) is null ? tier : Unnamed,
    };
}
