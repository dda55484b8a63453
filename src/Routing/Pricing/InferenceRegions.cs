using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Pricing;

/// <summary>
/// Where Anthropic runs a model, which decides on its price: <c>inference_geo</c> of a request, of a workspace's settings where a request has none, and of the usage that an answer states
/// (https://platform.claude.com/docs/en/manage-claude/data-residency). Prices have the word as their region, and none for <c>global</c>.
/// </summary>
internal static class InferenceRegions
{
    public const string Field = "inference_geo";

    /// <summary>The only region that Anthropic sells apart: the only one that callers may ask for, and of a target the only one that is Anthropic's word and not an own price's name.</summary>
    public const string Us = "us";

    public const string Global = "global";

    /// <summary>What an answer tells, as prices name it: empty for everywhere; null when it tells nothing.</summary>
    /// <param name="reader">At the value, which is skipped.</param>
    public static string? Read(ref Utf8JsonReader reader)
    {
        // The words that answers say are constants here: none is made for each of them.
        var region = reader.TokenType != JsonTokenType.String || reader.ValueTextEquals("not_available"u8) ? null
            : reader.ValueTextEquals(Global) ? ""
            : reader.ValueTextEquals(Us) ? Us
            : Named(reader.GetString()!);
        reader.Skip();
        return region;
    }

    /// <summary>As prices name it. Models from before there were regions tell <c>not_available</c>.</summary>
    public static string? Named(string told) => told switch
    {
        "" or "not_available" => null,
        Global => "",
        _ => told,
    };
}
