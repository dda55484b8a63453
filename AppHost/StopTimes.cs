using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Platform.AppHost;

/// <summary>How long the native engine lets a gateway end: as long as its own settings let calls and scheduled items end, and what comes after them.</summary>
internal static class StopTimes
{
    /// <summary>Read by the native engine: seconds, by resource.</summary>
    public const string Section = "NativeHost:StopSeconds";

    /// <summary>Gateway:DrainSeconds and Scheduled:DrainSeconds where nothing is configured.</summary>
    private const int DefaultDrainSeconds = 20;

    /// <summary>For usage to be shipped and leases and slices to go back when the calls have ended, and a little.</summary>
    private const int AfterDrainSeconds = 15;

    /// <summary>Where nobody has told the engine otherwise.</summary>
    public static void Settle(ConfigurationManager configuration) =>
        configuration[$"{Section}:{ResourceNames.Routing}"] ??= string.Create(
            CultureInfo.InvariantCulture, $"{Math.Max(Drain(configuration, "Gateway"), Drain(configuration, "Scheduled")) + AfterDrainSeconds}");

    // What is no number is refused by the gateway itself, which names the setting.
    private static int Drain(ConfigurationManager configuration, string section) =>
        int.TryParse(configuration[$"{section}:DrainSeconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 3600 ? seconds : DefaultDrainSeconds;
}
