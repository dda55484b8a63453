using System.Text.Json;
using Platform.ProviderSimulator.Billing;

namespace Platform.ProviderSimulator.Wire;

/// <summary>Reads fields of a request's body. Null counts as absent, as it does at the real providers.</summary>
internal static class Fields
{
    public static JsonElement? Find(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The text of a field; null when it is absent or none.</summary>
    public static string? Text(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && Find(body, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>The items of a list that may be empty; null when it is absent or none.</summary>
    public static JsonElement? List(JsonElement body, string name) => Find(body, name) is { ValueKind: JsonValueKind.Array } list ? list : null;

    /// <summary>False when there is something else than a whole number of at least <paramref name="least"/>.</summary>
    public static bool TryReadCount(JsonElement body, string name, out int? count, int least = 1)
    {
        count = null;
        if (Find(body, name) is not { } value)
        {
            return true;
        }
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number) || number < least)
        {
            return false;
        }
        count = number;
        return true;
    }

    /// <summary>
    /// The tier of service that is asked for, "auto" being the default one; null when none is. False when the model has none of that name.
    /// </summary>
    public static bool TryReadTier(JsonElement body, ModelPrice price, out string? tier)
    {
        tier = Text(body, "service_tier");
        tier = tier == "auto" ? InvoiceLine.DefaultTier : tier;
        return Find(body, "service_tier") is null || tier == InvoiceLine.DefaultTier || (tier is not null && price.Tiers.ContainsKey(tier));
    }

    public static bool TryReadFlag(JsonElement body, string name, out bool flag)
    {
        var value = Find(body, name);
        flag = value?.ValueKind == JsonValueKind.True;
        return value is null or { ValueKind: JsonValueKind.True or JsonValueKind.False };
    }
}
