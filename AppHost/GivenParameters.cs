using Aspire.Hosting;
using Microsoft.Extensions.Configuration;
using static Platform.AppHost.ResourceNames;

namespace Platform.AppHost;

/// <summary>
/// The parameters that are given from outside, under one spelling. A shell can export only names with underscores, while defaults stand in files under the names of the resources, with hyphens:
/// an engine that looks for one spelling first would let a default win over what was given. Here the later source wins, whatever its spelling.
/// </summary>
internal static class GivenParameters
{
    private const string Section = "Parameters";

    private static readonly string[] Known =
    [
        OwnerToken, ServiceToken, SupportKey, Organisation, Currency, OpeningAmount, OpenAiBaseUrl, OpenAiApiKey, AnthropicBaseUrl, AnthropicApiKey,
        WalletReplicas, MeteringReplicas, RoutingReplicas, $"{Postgres}-password", $"{Messaging}-password",
    ];

    /// <summary>Writes every parameter under its name with hyphens, above all sources. An empty value is none, as of a variable that a script always sets.</summary>
    /// <exception cref="DistributedApplicationException">One is given that nobody reads: mistyped, it would change nothing and nobody would notice.</exception>
    public static void Settle(ConfigurationManager configuration)
    {
        var given = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var source in ((IConfigurationRoot)configuration).Providers)
        {
            foreach (var key in source.GetChildKeys([], Section).Distinct())
            {
                if (source.TryGet($"{Section}:{key}", out var value) && value is { Length: > 0 })
                {
                    given[Named(key)] = value;
                }
            }
        }

        configuration.AddInMemoryCollection(given);
    }

    /// <returns>Null when it has no value.</returns>
    public static string? Find(IConfiguration configuration, string name) => configuration[$"{Section}:{name}"] is { Length: > 0 } value ? value : null;

    private static string Named(string key)
    {
        var name = key.Replace('_', '-');
        return Known.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? $"{Section}:{name}"
            : throw new DistributedApplicationException($"there is no parameter '{key}'. Parameters: {string.Join(", ", Known.Select(known => known.Replace('-', '_')))}.");
    }
}
