using System.Text.RegularExpressions;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Checks;

internal static partial class ProviderCheck
{
    private const int MaxProbeSeconds = 3_600;
    private const string ReferenceRule = $"must be env:NAME, where NAME is a variable of the routing service that ends in {ProviderSecrets.VariableSuffix}, such as env:OPENAI_API_KEY, or file:NAME, where NAME is a file in its folder of keys that ends in api_key or api-key, such as file:openai-api-key";

    public static void Check(RoutePolicy policy, PolicyProblems problems)
    {
        problems.Distinct("providers", policy.Providers.Select(provider => provider.Name), "provider");
        for (var index = 0; index < policy.Providers.Count; index++)
        {
            Check(policy.Providers[index], PolicyProblems.Place("providers", index, policy.Providers[index].Name), problems);
        }
    }

    private static void Check(ProviderPolicy provider, string place, PolicyProblems problems)
    {
        problems.Label($"{place}.name", provider.Name);
        problems.OneOf($"{place}.kind", provider.Kind, PolicyNames.Kinds.Keys);
        CheckAddress(provider, place, problems);
        CheckKeys(provider, place, problems);
        if (provider.Kind == "azure_openai")
        {
            problems.Word($"{place}.api_version", provider.ApiVersion, 50);
        }
        else
        {
            problems.Require(provider.ApiVersion.Length == 0, $"{place}.api_version", "is for kind azure_openai only; leave it out.");
        }

        CheckApiPath(provider, place, problems);
        if (provider.Health is { } health)
        {
            problems.Word($"{place}.health.path", health.Path, 200, required: false);
            problems.Require(
                health.Path.Length == 0 || (health.Path.StartsWith('/') && !health.Path.StartsWith("//", StringComparison.Ordinal)),
                $"{place}.health.path", "must begin with one '/', such as /v1/models.");
            problems.Range($"{place}.health.interval_seconds", health.IntervalSeconds, 0, MaxProbeSeconds);
        }
    }

    private static void CheckAddress(ProviderPolicy provider, string place, PolicyProblems problems)
    {
        if (provider.BaseUrl.Length == 0)
        {
            return;
        }

        if (provider.BaseUrl.Length > 500 || !ProviderAddress.TryRead(provider.BaseUrl, out var address))
        {
            problems.Add($"{place}.base_url", "must be an absolute http or https address without user, query or fragment, such as https://api.openai.com.");
        }
        else
        {
            problems.Require(!address.EndsWith("/v1", StringComparison.Ordinal), $"{place}.base_url", "goes without /v1, which the gateway adds itself; another path is api_path.");
        }

        problems.Require(
            provider.ApiKey.Length > 0, $"{place}.api_key",
            "is required beside base_url: the key in the service's configuration goes only to the address that is configured with it. Give env:NAME or file:NAME, or none for a provider that asks for no key.");
    }

    private static void CheckApiPath(ProviderPolicy provider, string place, PolicyProblems problems)
    {
        if (provider.ApiPath.Length == 0)
        {
            return;
        }

        problems.Require(provider.Kind is "" or "openai" or "compatible", $"{place}.api_path", "is for the kinds openai and compatible only; leave it out.");
        problems.Require(
            ApiPathPattern().IsMatch(provider.ApiPath), $"{place}.api_path",
            "must be a path of at most 200 letters, digits, '.', '_' and '-' that begins with '/' and ends without one, such as /v1beta/openai.");
    }

    private static void CheckKeys(ProviderPolicy provider, string place, PolicyProblems problems)
    {
        // What stands here may be a key that somebody put in by mistake, so it is never repeated.
        problems.Require(
            provider.ApiKey is "" or ProviderSecrets.NoKey || ReferencePattern().IsMatch(provider.ApiKey), $"{place}.api_key",
            $"{ReferenceRule}, or none. Put the key itself there, never into the policy.");
        problems.Require(provider.TeamApiKeys.Count <= 1_000, $"{place}.team_api_keys", "must be at most 1000.");
        foreach (var (team, reference) in provider.TeamApiKeys)
        {
            if (Validation.TeamId(team) is { } problem)
            {
                problems.Add($"{place}.team_api_keys", problem);
            }

            problems.Require(ReferencePattern().IsMatch(reference), $"{place}.team_api_keys[{Validation.Shown(team)}]", $"{ReferenceRule}.");
        }
    }

    // A name of a file has no '/', and does not begin with '.': it leads nowhere else.
    [GeneratedRegex(@"^(?:env:[A-Z][A-Z0-9_]{0,190}_API_KEY|file:(?:[A-Za-z0-9][A-Za-z0-9._-]{0,190}[._-])?[Aa][Pp][Ii][._-]?[Kk][Ee][Yy])\z")]
    private static partial Regex ReferencePattern();

    // No segment is '.' or '..': an address means the same to whoever reads it.
    [GeneratedRegex(@"^(?=.{2,200}\z)(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\z")]
    private static partial Regex ApiPathPattern();
}
