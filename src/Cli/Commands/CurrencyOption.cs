using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>--currency</c> of an amount. The API takes none for granted; who leaves it out at a prompt means the one that the organisation has.</summary>
internal static class CurrencyOption
{
    public static Option<string?> Create() => CommonOptions.Text("--currency", "The amount's; it must be the organisation's. Absent: that.");

    /// <summary>As it was given, else as the API names the organisation's.</summary>
    public static async Task<string> ReadAsync(ParseResult parsed, Option<string?> option, ApiClient api, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(option) is { } given)
        {
            return given;
        }

        using var caller = await api.GetAsync("v1/whoami", cancellationToken);
        return caller.RootElement.Text("currency");
    }
}
