using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Contracts;

namespace Platform.Cli.Api;

/// <summary>Lists that the API answers by pages, read whole.</summary>
internal static class AllPages
{
    /// <summary>The answer with the rows of all pages in its array; what was made or changed while they were read may be among them.</summary>
    /// <param name="path">Without the page's size and token.</param>
    /// <param name="array">The field that has the rows.</param>
    public static async Task<JsonDocument> GetAllAsync(
        this ApiClient api, string path, string array, (string Name, string? Value)[] query, CancellationToken cancellationToken)
    {
        var first = await AskAsync("");
        if (NextOf(first).Length == 0)
        {
            return first;
        }

        using (first)
        {
            var whole = JsonObject.Create(first.RootElement)!;
            var rows = whole[array]!.AsArray();
            var token = NextOf(first);
            while (token.Length > 0)
            {
                using var page = await AskAsync(token);
                foreach (var row in page.RootElement.GetProperty(array).EnumerateArray())
                {
                    rows.Add((JsonNode?)JsonObject.Create(row.Clone()));
                }

                token = NextOf(page);
            }

            whole["next_page_token"] = "";
            return JsonDocument.Parse(whole.ToJsonString());
        }

        Task<JsonDocument> AskAsync(string token) => api.GetAsync(
            Query.Path(path, [.. query, ("page_size", $"{PageRequest.LargestSize}"), ("page_token", token.Length == 0 ? null : token)]), cancellationToken);
    }

    /// <summary>Empty where a platform of before there were pages answers.</summary>
    private static string NextOf(JsonDocument answer) => answer.RootElement.TryGetProperty("next_page_token", out var next) ? next.GetString() ?? "" : "";
}
