using System.Globalization;
using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Imports;

/// <summary>From a result of a provider's usage report to a row. How large a single request was is known on the average at most, which chooses the context tier.</summary>
internal static class UsageResult
{
    private const string LongContext = "200k-1M";
    private const long LongContextTokens = 200_001;

    /// <summary>Null for one that can be imported.</summary>
    public static string? WhyNot(RowFields fields, UsageRow row, FileProblems problems)
    {
        var kind = fields.Has("object") ? fields.Text("object") : "";
        if (kind.StartsWith("organization.", StringComparison.Ordinal) && kind is not ("organization.usage.completions.result" or "organization.usage.embeddings.result"))
        {
            return $"It is {kind}, which is not usage in tokens.";
        }

        if ((fields.OptionalCount("input_audio_tokens") ?? 0) + (fields.OptionalCount("output_audio_tokens") ?? 0) > 0)
        {
            return "It has audio tokens, for which the price book has no prices.";
        }

        return problems.Messages.FirstOrDefault() is { } problem ? problem.TrimStart('.')
            : row.Until <= row.From ? "Its bucket does not end after it begins."
            : row.Model.Length == 0 && row.Tokens.Total > 0 ? "It names no model: get the report grouped by model, and by what tells whose it is (project or workspace, key, user)."
            : null;
    }

    /// <summary>Of one whose usage the file has by another width of buckets.</summary>
    /// <param name="other">The time of that.</param>
    public static string WhyNotBeside((DateTimeOffset From, DateTimeOffset Until) other) => string.Create(
        CultureInfo.InvariantCulture,
        $"The file has the same usage of {other.From:yyyy-MM-dd HH:mm} to {other.Until:yyyy-MM-dd HH:mm} UTC, within its time: it would count twice. Import pages of one bucket_width.");

    public static ImportedRow ToRow(string provider, UsageRow row)
    {
        var input = row.Tokens.Total - row.Tokens.Output;
        return new ImportedRow(
            RowKey.Of(string.Create(CultureInfo.InvariantCulture, $"{row.From.ToUnixTimeSeconds()}-{row.Until.ToUnixTimeSeconds()}"), row.Identity), row.From, provider, row.Model)
        {
            Until = row.Until,
            ServiceTier = row.ServiceTier,
            Region = row.Region,
            Input = row.Tokens.Input,
            CachedInput = row.Tokens.CachedInput,
            CacheWrite = row.Tokens.CacheWrite,
            CacheWriteHour = row.Tokens.CacheWriteHour,
            Output = row.Tokens.Output,
            Requests = row.Requests is { } requests ? Math.Max(requests, 1) : null,
            ContextTokens = row.Requests is > 0 and var count ? (input + count - 1) / count : row.ContextWindow == LongContext ? LongContextTokens : 0,
            Project = row.Project,
            Key = row.Key,
            User = row.User,
        };
    }
}
