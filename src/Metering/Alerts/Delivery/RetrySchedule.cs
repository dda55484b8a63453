namespace Platform.Metering.Alerts.Delivery;

/// <summary>
/// When a delivery is tried again: ten attempts over three days, as Standard Webhooks 1.0 recommends, each pause up to a fifth longer by chance, so that what failed
/// together does not come back together. Pure.
/// </summary>
internal static class RetrySchedule
{
    private const double Jitter = 0.2;

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(24);

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10),
        TimeSpan.FromHours(14), TimeSpan.FromHours(20), LongestPause,
    ];

    public static int Attempts => Pauses.Length + 1;

    /// <summary>The next attempt after one that failed; null after the last.</summary>
    /// <param name="attempt">The number of the one that failed, from 1.</param>
    /// <param name="retryAfter">What the receiver asks for; a day at most.</param>
    /// <param name="chance">0 to 1.</param>
    public static DateTimeOffset? Next(int attempt, DateTimeOffset now, TimeSpan? retryAfter, double chance)
    {
        if (attempt > Pauses.Length)
        {
            return null;
        }

        var pause = Pauses[attempt - 1];
        var asked = retryAfter > LongestPause ? LongestPause : retryAfter ?? TimeSpan.Zero;
        return now + ((asked > pause ? asked : pause) * (1 + (Jitter * chance)));
    }
}
