using System.Globalization;
using System.Text.Json;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>One line of a provider's bill.</summary>
/// <param name="Day">UTC.</param>
/// <param name="Project">Empty where the bill is not grouped by it.</param>
/// <param name="Model">As far as the line item names one; else the line item.</param>
/// <param name="Currency">ISO 4217.</param>
internal sealed record BilledLine(string Place, DateOnly Day, string Project, string LineItem, string Model, Money Amount, string Currency);

/// <summary>
/// OpenAI's costs pages (GET /v1/organization/costs): amounts by day, and by project and line item where grouped by them. They have no tokens, so nothing can be rated
/// or counted from them: they are compared with what is metered and never imported. A line item of tokens is a model and a kind, such as "gpt-4o-mini, input".
/// </summary>
internal static class OpenAiCostsFile
{
    private const string Kind = "organization.costs.result";

    /// <summary>Lines as they are read; what is none is told by its place.</summary>
    public static async Task<List<BilledLine>> ReadAsync(Stream file, Action<ImportItem> problem, CancellationToken cancellationToken)
    {
        var lines = new List<BilledLine>();
        await foreach (var item in UsagePages.ReadAsync(
            file,
            (bucket, result, place) =>
            {
                lines.Add(Read(bucket, result, place));
                return new ImportItem(place, null);
            },
            cancellationToken))
        {
            if (item.Problem is not null)
            {
                problem(item);
            }
        }

        return lines;
    }

    private static BilledLine Read(JsonElement bucket, JsonElement result, string place)
    {
        var start = JsonEntries.Count(bucket, "start_time");
        if (start is <= 0 or > 7_258_118_400)
        {
            throw new FormatException("Its bucket has no start_time in unix seconds.");
        }

        if (!result.TryGetProperty("amount", out var amount) || JsonEntries.Text(result, "object") is not ("" or Kind))
        {
            throw new FormatException("It has no amount: it is no result of the costs page.");
        }

        var item = JsonEntries.Text(result, "line_item");
        return new BilledLine(
            place, DateOnly.FromDateTime(DateTimeOffset.FromUnixTimeSeconds(start).UtcDateTime), JsonEntries.Text(result, "project_id"), item, item.Split(',')[0].Trim(),
            StatedAmount.Read(JsonEntries.Text(amount, "value"), "amount.value", CultureInfo.InvariantCulture.NumberFormat)
                ?? throw new FormatException("Its amount has no value."),
            JsonEntries.Text(amount, "currency").ToUpperInvariant());
    }
}
