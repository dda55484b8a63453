using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Imports;

/// <summary>The formats that files are read in.</summary>
internal static class ImportFormats
{
    public const string OpenAiUsage = "openai-usage";
    public const string AnthropicUsage = "anthropic-usage";
    public const string LiteLlm = "litellm";
    public const string Csv = "csv";

    /// <summary>Compared and never imported.</summary>
    public const string OpenAiCosts = "openai-costs";

    public static readonly string[] All = [OpenAiUsage, OpenAiCosts, AnthropicUsage, LiteLlm, Csv];

    /// <param name="tell">Hears what people should know of how the file is read.</param>
    public static IAsyncEnumerable<ImportItem> ReadAsync(string format, Stream file, CsvUsageOptions csv, Action<string> tell, CancellationToken cancellationToken) => format switch
    {
        OpenAiUsage => UsagePages.ReadAsync(file, "openai", OpenAiPages.ReadUsage, tell, cancellationToken),
        AnthropicUsage => UsagePages.ReadAsync(file, "anthropic", AnthropicReports.ReadUsage, tell, cancellationToken),
        LiteLlm => LiteLlmFile.ReadAsync(file, tell, cancellationToken),
        _ => CsvUsageFile.ReadAsync(file, csv, tell, cancellationToken),
    };
}
