namespace Platform.Benchmarks.Forecasting;

/// <summary>Forecasts of language-model traffic from a number of origins.</summary>
/// <param name="Season">Of the seasonal naive baseline.</param>
/// <param name="Origins">Lengths of the known piece.</param>
/// <param name="Part">Only series whose name holds this; empty for all.</param>
internal sealed record TraceTask(string Name, string File, int[] Seasons, int Season, int Horizon, int[] Origins, string Part = "")
{
    private static readonly int[] Hours = [24, 168];

    public static readonly TraceTask[] All =
    [
        new("conversation_day", "burstgpt-hourly.csv", Hours, 168, 24, Range(28 * 24, 60 * 24, 24)),
        new("conversation_week", "burstgpt-hourly.csv", Hours, 168, 168, Range(28 * 24, 54 * 24, 72)),
        new("conversation_daily_week", "burstgpt-daily.csv", [7], 7, 7, Range(28, 54, 1)),
        new("model_requests_day", "servegen-models-hourly.csv", Hours, 24, 24, Range(7 * 24, 13 * 24, 24), "requests"),
        new("model_tokens_day", "servegen-models-hourly.csv", Hours, 24, 24, Range(7 * 24, 13 * 24, 24), "tokens"),
        new("client_requests_day", "servegen-clients-hourly.csv", Hours, 24, 24, Range(7 * 24, 13 * 24, 48)),
    ];

    private static int[] Range(int from, int to, int step) => [.. Enumerable.Range(0, (to - from) / step + 1).Select(i => from + i * step)];
}
