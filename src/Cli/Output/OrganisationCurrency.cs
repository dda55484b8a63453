using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Platform.Cli.Output;

/// <summary>
/// The organisation's currency, as the answers of a command's run name it. A run speaks to one organisation, which has one currency, and it says how amounts are rounded: where a
/// cell of a table is made, the answer that names it is out of reach.
/// </summary>
internal static class OrganisationCurrency
{
    private static readonly AsyncLocal<StrongBox<string>?> Known = new();

    /// <summary>ISO 4217 code; empty until an answer has named it.</summary>
    public static string Code => Known.Value?.Value ?? "";

    /// <summary>At a run's beginning: nothing is known yet.</summary>
    public static void Forget() => Known.Value = new StrongBox<string>("");

    public static void Learn(JsonElement answer)
    {
        if (Known.Value is { } known && Find(answer) is { } code)
        {
            known.Value = code;
        }
    }

    /// <summary>The first that is named; of the things of a list the first tells it for all.</summary>
    private static string? Find(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object when element.TryGetProperty("currency", out var code) && code.ValueKind == JsonValueKind.String && code.GetString() is { Length: > 0 } named => named,
        JsonValueKind.Object => element.EnumerateObject().Select(field => Find(field.Value)).FirstOrDefault(named => named is not null),
        JsonValueKind.Array => element.EnumerateArray().Take(1).Select(Find).FirstOrDefault(),
        _ => null,
    };
}
