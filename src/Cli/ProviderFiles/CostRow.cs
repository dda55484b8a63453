namespace Platform.Cli.ProviderFiles;

/// <summary>What a provider bills for a bucket of time.</summary>
/// <param name="Place">Where it stands in its file, for messages.</param>
/// <param name="Item">What is billed, in the provider's words; empty where the report is not grouped by that.</param>
/// <param name="Model">Empty when the item is no model's tokens, or not known.</param>
/// <param name="Kind">Null when the item does not say.</param>
/// <param name="Amount">Units of <paramref name="Currency"/>, exact, negative for a credit.</param>
/// <param name="Currency">ISO 4217, upper case.</param>
/// <param name="Quantity">Tokens, where the provider counts them beside the amount.</param>
internal sealed record CostRow(
    string Place, DateTimeOffset From, DateTimeOffset Until, string Project, string Key, string Item, string Model, TokenKind? Kind, decimal Amount, string Currency,
    long? Quantity)
{
    /// <summary>What the row is of, whatever its time: the report, and whose and which of its rows.</summary>
    public (string Report, string Subject) Series { get; init; } = ("", "");

    /// <summary>What makes the row itself among all of its provider; the same in every file that has it.</summary>
    public string Identity => string.Join('|', Series.Report, From.ToUnixTimeSeconds(), Until.ToUnixTimeSeconds(), Series.Subject);
}
