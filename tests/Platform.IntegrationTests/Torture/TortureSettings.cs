using System.Globalization;

namespace Platform.IntegrationTests.Torture;

/// <summary>How long and how hard. All randomness of a run comes from its seed; only the machine's timing does not.</summary>
/// <param name="Seconds">Of load.</param>
/// <param name="MostCalls">The load ends when so many calls were made, also before its time is up.</param>
internal sealed record TortureSettings(int Seed, int Seconds, int Clients, int Wallets, int MostCalls)
{
    /// <summary>Set for the long form: seconds of load.</summary>
    public const string SecondsVariable = "KT_TORTURE_SECONDS";

    /// <summary>Set to repeat a run that failed.</summary>
    public const string SeedVariable = "KT_TORTURE_SEED";

    /// <summary>Least of the money of a wallet, in nano-units; the most is twenty times it.</summary>
    public const long LeastFundsNanos = 50_000_000;

    public static bool IsLong => Read(SecondsVariable) is not null;

    public static TortureSettings FromEnvironment(int shortSeconds, int clients, int shortWallets, int longWallets)
    {
        var seconds = Read(SecondsVariable) ?? shortSeconds;
        return new TortureSettings(
            Read(SeedVariable) ?? Random.Shared.Next(), seconds, clients, IsLong ? longWallets : shortWallets, MostCalls: seconds * 2_000);
    }

    /// <summary>The randomness of one actor of the run.</summary>
    public Random RandomOf(string actor, int number = 0)
    {
        // Not string.GetHashCode, which is another in every process.
        var hash = actor.Aggregate(17, (sum, letter) => unchecked((sum * 31) + letter));
        return new Random(unchecked((Seed * 1_000_003) + (hash * 10_007) + number));
    }

    private static int? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
        ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
        : null;
}
