namespace Platform.Cli.Imports;

/// <summary>How a CSV of usage is to be read.</summary>
/// <param name="Columns">By name: a header or a number.</param>
/// <param name="Values">By name: what all rows have.</param>
/// <param name="Delimiter">Null: found out.</param>
/// <param name="TimeFormat">.NET's custom format; null: ISO 8601, or unix seconds or milliseconds.</param>
/// <param name="Zone">Of times that do not say.</param>
/// <param name="DecimalComma">Numbers such as 1.234,56.</param>
/// <param name="CachedInInput">Cached tokens are counted in the input too; null: where the column is called prompt_tokens.</param>
internal sealed record CsvUsageOptions(
    IReadOnlyDictionary<string, string> Columns, IReadOnlyDictionary<string, string> Values, string? Delimiter, string? TimeFormat, TimeZoneInfo Zone, bool HasHeader,
    bool DecimalComma, bool? CachedInInput);
