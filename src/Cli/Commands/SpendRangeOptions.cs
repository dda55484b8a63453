using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary><c>--since</c>, <c>--from</c>, <c>--to</c>, <c>--period</c> and <c>--time-zone</c>: the last 30 days unless told otherwise.</summary>
internal sealed class SpendRangeOptions
{
    public Option<string?> Since { get; } = DateOption.Length("--since", "How far back: 24h, 30d, 4w. Default: 30d; by day, week or month with all of the first one.");

    public Option<string?> From { get; } = DateOption.Moment("--from", "From this date or time on.");

    public Option<string?> To { get; } = DateOption.Moment("--to", "Before this date or time. Default: now.");

    public Option<string?> Period { get; } = DateOption.Period("--period", "A calendar period: 2026-06, 2026-Q2, 2026 or 2026-06-15.");

    public Option<string?> Zone { get; } = CommonOptions.Text("--time-zone", "IANA name of the zone whose days and months are meant. Default: UTC.");

    public IEnumerable<Option> All => [Since, From, To, Period, Zone];

    /// <summary>As query parameters.</summary>
    /// <exception cref="KtError">The range is given in two ways, or is empty.</exception>
    public IEnumerable<(string Name, string? Value)> Read(ParseResult parsed)
    {
        var (since, from, period) = (parsed.GetValue(Since), parsed.GetValue(From), parsed.GetValue(Period));
        if (period is not null && (since ?? from ?? parsed.GetValue(To)) is not null)
        {
            throw new KtError(ExitCodes.Usage, "Give --period, or --since, --from and --to, not both.");
        }

        DateOption.CheckRange(parsed, Since, From, To);
        return
        [
            ("since", since), ("from", from), ("to", parsed.GetValue(To)), ("period", period),
            ("time_zone", parsed.GetValue(Zone)),
        ];
    }
}
