using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export.Files.Focus;
using Platform.Export.Files.Parquet;
using Platform.Rating;

namespace Platform.Export.Files;

/// <summary>The formats that there are. What jobs and runs keep is one word; the contract has FOCUS's version apart.</summary>
/// <param name="prices">Every version of every price, by Metering's contract.</param>
/// <param name="teams">All teams, by Wallet's contract.</param>
internal sealed class FileFormats(
    Func<CancellationToken, Task<ListPricesResponse>> prices, Func<CancellationToken, Task<ListTeamsResponse>> teams, ExportOptions options)
{
    public const string Json = "json";
    public const string Csv = "csv";
    public const string Parquet = "parquet";
    public const string Focus = "focus";
    public const string FocusParquet = "focus-parquet";
    public const string FocusVersion14 = "1.4";
    public const string FocusVersion12 = "1.2";

    public static readonly IReadOnlyList<string> Words =
    [
        Json, Csv, Parquet,
        $"{Focus}-{FocusVersion14}", $"{Focus}-{FocusVersion12}", $"{FocusParquet}-{FocusVersion14}", $"{FocusParquet}-{FocusVersion12}",
    ];

    /// <summary>The word for what a caller names; empty where there is no such format.</summary>
    /// <param name="focusVersion">Empty: the newest of FOCUS; of other formats always.</param>
    public static string WordOf(string format, string focusVersion)
    {
        var version = format is Focus or FocusParquet && focusVersion.Length == 0 ? FocusVersion14 : focusVersion;
        var word = version.Length == 0 ? format : $"{format}-{version}";
        return Words.Contains(word) && Split(word).Format == format ? word : "";
    }

    /// <summary>Format and FOCUS's version, as the contract has them.</summary>
    public static (string Format, string FocusVersion) Split(string word) =>
        word.StartsWith(Focus, StringComparison.Ordinal) && word.LastIndexOf('-') is > 0 and var dash ? (word[..dash], word[(dash + 1)..]) : (word, "");

    /// <summary>What a data file's name ends with.</summary>
    public static string ExtensionOf(string word) => Split(word).Format switch
    {
        Json => "json",
        Parquet or FocusParquet => "parquet",
        _ => "csv",
    };

    public static IEnumerable<ManifestColumn> ColumnsOf(string word) => Split(word) is { FocusVersion: { Length: > 0 } version }
        ? FocusColumns.Of(version).Select(column => ManifestColumn.Of(column.Name, column.Type))
        : UsageColumns.All.Select(column => ManifestColumn.Of(column.Name, column.Type));

    /// <summary>What a run's files are written by, one each: FOCUS asks for the prices that were charged and for the teams' names, once a try.</summary>
    /// <exception cref="IOException">Wallet does not say the teams' names now.</exception>
    public async Task<Func<BillingMonth, IRowFormat>> PrepareAsync(string word, CancellationToken cancellationToken)
    {
        var (format, version) = Split(word);
        switch (format)
        {
            case Json:
                return _ => new JsonRows();
            case Csv:
                return _ => new CsvRows();
            case Parquet:
                return _ => new ParquetRows(
                    [.. UsageColumns.All.Select(column => new ParquetColumn(column.Name, column.Type))],
                    row => [[.. UsageColumns.All.Select(column => column.Read(row))]]);
            case Focus or FocusParquet:
                var known = (await prices(cancellationToken)).Prices.ToDictionary(row => row.PriceId, PriceOf);
                var names = await NamesAsync(cancellationToken);
                return month =>
                {
                    var lines = new FocusLines(version, new FocusFrame(month, options.BillingAccountId, options.BillingAccountName, names), known);
                    return format == Focus
                        ? new FocusRows(lines)
                        : new ParquetRows([.. lines.Columns.Select(column => new ParquetColumn(column.Name, column.Type, column.Places))], lines.Of);
                };
            default:
                throw new InvalidOperationException($"A run was stored with format '{word}', which there is not.");
        }
    }

    /// <summary>Whose answer is missing is said here: all else that a run asks for is Metering's.</summary>
    private async Task<Dictionary<string, string>> NamesAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await teams(cancellationToken)).Teams.ToDictionary(team => team.TeamId, team => team.Name, StringComparer.Ordinal);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Wallet does not say the teams' names ({exception.StatusCode}): {exception.Status.Detail}", exception);
        }
    }

    private static Price PriceOf(PriceRow row) => new(
        row.PriceId, row.Provider, row.Model, row.Currency, row.InputPerMillion, row.CachedInputPerMillion, row.CacheWritePerMillion, row.OutputPerMillion,
        row.ReasoningPerMillion, row.PerRequest)
    {
        CacheWriteHourPerMillion = row.HasCacheWrite1HPerMillion ? row.CacheWrite1HPerMillion : row.CacheWritePerMillion,
        Tier = row.Tier.Length > 0 ? row.Tier : Price.StandardTier,
        Region = row.Region,
        DiscountPpm = row.DiscountPpm,
        ContextTiers = [.. row.ContextTiers.Select(tier => new ContextTier(
            tier.AboveInputTokens,
            new Rates(tier.InputPerMillion, tier.CachedInputPerMillion, tier.CacheWritePerMillion, tier.CacheWrite1HPerMillion, tier.OutputPerMillion, tier.ReasoningPerMillion)))],
    };
}
