using Platform.Dashboard.SignIn;

namespace Platform.Dashboard.Figures;

/// <summary>
/// The figures of one open page, read again and again while it is open. Each source has its own loop, so a service that does not answer holds up
/// nothing but its own figures. What another page has just read is taken (<see cref="SharedReadings"/>). All of it runs in the circuit's context: one thing at a time, so nothing here is locked.
/// </summary>
internal sealed class FigureFeed(
    WalletReader wallet, MeteringReader metering, AlertReader alerts, BudgetReader budgets, ForecastReader forecast, SharedReadings shared, PageRights rights, TimeProvider time)
{
    private static readonly TimeSpan LivePeriod = TimeSpan.FromSeconds(2);

    /// <summary>An alert has gone where it is sent by the time that somebody looks here.</summary>
    private static readonly TimeSpan AlertPeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BudgetPeriod = TimeSpan.FromSeconds(5);

    /// <summary>Ninety days of roll-ups change in their last day only.</summary>
    private static readonly TimeSpan HistoryPeriod = TimeSpan.FromSeconds(10);

    /// <summary>Forecasts move slowly and are costly to make.</summary>
    private static readonly TimeSpan ForecastPeriod = TimeSpan.FromSeconds(30);

    /// <summary>A service that did not answer is asked again sooner, so that its warning does not outlive its absence.</summary>
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(4);

    private string _teamId = "";

    public Reading<WalletFigures> Wallets { get; private set; } = Reading<WalletFigures>.None;

    public Reading<MeteringFigures> Metering { get; private set; } = Reading<MeteringFigures>.None;

    public Reading<SpendHistory> History { get; private set; } = Reading<SpendHistory>.None;

    public Reading<DeniedFigures> Denied { get; private set; } = Reading<DeniedFigures>.None;

    public Reading<AlertFigures> Alerts { get; private set; } = Reading<AlertFigures>.None;

    public Reading<BudgetFigures> Budgets { get; private set; } = Reading<BudgetFigures>.None;

    public Reading<ForecastFigures> Forecast { get; private set; } = Reading<ForecastFigures>.None;

    /// <summary>True when a service no longer knows the session's token.</summary>
    public bool SignedOut =>
        new[] { Wallets.Failure, Metering.Failure, History.Failure, Denied.Failure, Alerts.Failure, Budgets.Failure, Forecast.Failure }.Contains(ReadFailure.SignedOut);

    /// <summary>A line for each service whose figures are not current; one where all of them say the same.</summary>
    public IEnumerable<string> Warnings(DateTimeOffset now) => new[]
    {
        Wallets.Warning("Wallet", now),
        Metering.Warning("Metering", now) ?? History.Warning("Metering", now) ?? Denied.Warning("Metering", now) ?? Alerts.Warning("Metering", now)
            ?? Budgets.Warning("Metering", now),
        Forecast.Warning("Forecast", now),
    }.OfType<string>().Distinct();

    public DateTimeOffset? AsOf => OldestOf(Wallets, Metering);

    /// <summary>When each of the page's figures was read: they are read at different times.</summary>
    public IEnumerable<(string Figures, DateTimeOffset At)> Times => new (string, DateTimeOffset, bool)[]
    {
        ("Balances", Wallets.AsOf, Wallets.Value is not null), ("The month's spend", Metering.AsOf, Metering.Value is not null),
        ("Budgets", Budgets.AsOf, Budgets.Value is not null), ("Alerts", Alerts.AsOf, Alerts.Value is not null),
        ("Daily spend", History.AsOf, History.Value is not null), ("Refusals", Denied.AsOf, Denied.Value is not null),
        ("Forecasts", Forecast.AsOf, Forecast.Value is not null),
    }.Where(figures => figures.Item3).Select(figures => (figures.Item1, figures.Item2));

    /// <summary>How long forecasts are not asked for after a reading. What was too slow is not begun anew at once: its own work would keep it slow.</summary>
    public static TimeSpan ForecastPause(ReadFailure? failure) => failure is null or ReadFailure.TooSlow ? ForecastPeriod : RetryPeriod;

    /// <summary>When balances were read, or the month's spend where that is longer ago; null before there are balances, and before the month's spend was read or could not be.</summary>
    public static DateTimeOffset? OldestOf(Reading<WalletFigures> wallets, Reading<MeteringFigures> metering) =>
        wallets.Value is null || metering is { Value: null, Failure: null } ? null
        : metering.Value is null || wallets.AsOf < metering.AsOf ? wallets.AsOf
        : metering.AsOf;

    /// <summary>Makes a team the chosen one; its wallets, its spend and its alerts are read at once.</summary>
    public async Task ChooseAsync(string teamId, CancellationToken cancellationToken)
    {
        if (_teamId != teamId)
        {
            _teamId = teamId;
            await Task.WhenAll(ReadWalletsAsync(cancellationToken), ReadMeteringAsync(cancellationToken), ReadHistoryAsync(cancellationToken), ReadAlertsAsync(cancellationToken));
        }
    }

    /// <summary>Reads until cancelled.</summary>
    /// <param name="changed">Called after each reading.</param>
    public async Task RunAsync(Action changed, CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            RepeatAsync(() => ReadWalletsAsync(cancellationToken), () => LivePeriod, changed, cancellationToken),
            RepeatAsync(() => ReadMeteringAsync(cancellationToken), () => LivePeriod, changed, cancellationToken),
            RepeatAsync(() => ReadHistoryAsync(cancellationToken), () => History.Failure is null ? HistoryPeriod : RetryPeriod, changed, cancellationToken),
            RepeatAsync(ReadDeniedAsync, () => Denied.Failure is null ? HistoryPeriod : RetryPeriod, changed, cancellationToken),
            RepeatAsync(() => ReadAlertsAsync(cancellationToken), () => AlertPeriod, changed, cancellationToken),
            RepeatAsync(ReadBudgetsAsync, () => BudgetPeriod, changed, cancellationToken),
            RepeatAsync(ReadForecastAsync, () => ForecastPause(Forecast.Failure), changed, cancellationToken));

        async Task ReadDeniedAsync() => Denied = await NextAsync(Denied, "", HistoryPeriod, metering.ReadDeniedAsync, cancellationToken);

        async Task ReadBudgetsAsync() => Budgets = await NextAsync(Budgets, "", BudgetPeriod, budgets.ReadAsync, cancellationToken);

        async Task ReadForecastAsync() => Forecast = await NextAsync(Forecast, "", ForecastPeriod, forecast.ReadAsync, cancellationToken);
    }

    private async Task ReadWalletsAsync(CancellationToken cancellationToken)
    {
        var teamId = _teamId;
        var reading = await NextAsync(Wallets, teamId, LivePeriod, stop => wallet.ReadAsync(teamId, stop), cancellationToken);

        // An answer for a team that is no longer the chosen one comes too late.
        Wallets = teamId == _teamId ? reading : Wallets;
    }

    private async Task ReadMeteringAsync(CancellationToken cancellationToken)
    {
        var teamId = _teamId;
        var reading = await NextAsync(Metering, teamId, LivePeriod, stop => metering.ReadAsync(teamId, stop), cancellationToken);
        Metering = teamId == _teamId ? reading : Metering;
    }

    private async Task ReadHistoryAsync(CancellationToken cancellationToken)
    {
        var teamId = _teamId;
        var reading = await NextAsync(History, teamId, HistoryPeriod, stop => metering.ReadHistoryAsync(teamId, stop), cancellationToken);
        History = teamId == _teamId ? reading : History;
    }

    private async Task ReadAlertsAsync(CancellationToken cancellationToken)
    {
        var teamId = _teamId;
        var reading = await NextAsync(Alerts, teamId, AlertPeriod, stop => alerts.ReadAsync(teamId, stop), cancellationToken);
        Alerts = teamId == _teamId ? reading : Alerts;
    }

    /// <summary>The next reading of this page's: one that another page has made in the second half of a period, or one that this page makes.</summary>
    private Task<Reading<T>> NextAsync<T>(Reading<T> before, string teamId, TimeSpan period, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        where T : class => before.NextAsync(async () => await rights.ReadAsync(cancellationToken) is { } role && SignInWithToken.MayRead(role)
            ? await shared.ReadAsync(new ReadingKey(typeof(T).Name, teamId, role), period / 2, read, cancellationToken)
            : (await read(cancellationToken), time.GetUtcNow()));

    private async Task RepeatAsync(Func<Task> read, Func<TimeSpan> pause, Action changed, CancellationToken cancellationToken)
    {
        while (true)
        {
            await read();
            cancellationToken.ThrowIfCancellationRequested();
            changed();
            await Task.Delay(pause(), time, cancellationToken);
        }
    }
}
