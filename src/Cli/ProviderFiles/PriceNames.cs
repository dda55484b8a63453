namespace Platform.Cli.ProviderFiles;

/// <summary>What providers and proxies call a tier and a region, as price rows name them.</summary>
internal static class PriceNames
{
    /// <summary>Empty for the standard tier.</summary>
    /// <param name="speed">What Anthropic bills beside the tier: "fast" has prices of its own, so it is a tier. Empty where nothing says it.</param>
    public static string Tier(string tier, string speed = "")
    {
        var billed = tier is "standard" or "default" or "auto" ? "" : tier;
        return speed is "" or "standard" ? billed : billed.Length == 0 ? speed : $"{billed}-{speed}";
    }

    /// <summary>Empty for the one that has the usual price.</summary>
    public static string Region(string region) => region is "global" or "not_available" ? "" : region;
}
