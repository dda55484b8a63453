using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Platform.AppHost;

/// <summary>How long the native engine lets a gateway end: as long as its own settings let calls and scheduled items end and leases go back, and what comes after them.</summary>
internal static class StopTimes
{
    /// <summary>Read by the native engine: seconds, by resource.</summary>
    public const string Section = "NativeHost:StopSeconds";

    /// <summary>For the last usage to be shipped, slices of limits to go back and the bus to end, which a broker that does not answer keeps for ten seconds.</summary>
    private const int AfterDrainSeconds = 30;

    /// <summary>Where nobody has told the engine otherwise.</summary>
    public static void Settle(ConfigurationManager configuration) =>
        configuration[$"{Section}:{ResourceNames.Routing}"] ??= (Math.Max(Seconds(configuration, "Gateway:DrainSeconds", 20), Seconds(configuration, "Scheduled:DrainSeconds", 20))
            + Seconds(configuration, "Leases:StopSeconds", 5) + AfterDrainSeconds).ToString(CultureInfo.InvariantCulture);

    // The defaults are the gateway's. What is no number, or out of range, is refused by the gateway itself, which names the setting.
    private static int Seconds(ConfigurationManager configuration, string key, int defaultSeconds) =>
        int.TryParse(configuration[key], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 3600 ? seconds : defaultSeconds;
}
