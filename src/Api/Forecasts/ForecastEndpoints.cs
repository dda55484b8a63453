using Grpc.Core;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using ForecastClient = Platform.Contracts.Forecast.V1.Forecast.ForecastClient;

namespace Platform.Api.Forecasts;

internal static class ForecastEndpoints
{
    // The first answer of a day forecasts every segment of the organisation.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(2);

    public static void MapForecast(this WebApplication app)
    {
        var forecast = app.MapGroup("/v1/forecast").WithTags("forecast");
        forecast.MapGet("", GetAsync).WithSummary("Month to date, run rate, month-end projection and wallet exhaustion of a team or of all.");
        forecast.MapGet("/teams", TeamsAsync).WithSummary("Month to date, month-end projection and wallet exhaustion of all and of every team, at one moment.");
        forecast.MapGet("/series", SeriesAsync).WithSummary("The daily series that forecasts are made from.");
    }

    private static async Task<ForecastBody> GetAsync(string? team_id, string? time_zone, ForecastClient forecast, HttpContext http) =>
        ForecastBody.From(await forecast.GetForecastAsync(
            new GetForecastRequest { TeamId = team_id ?? "", TimeZone = time_zone ?? "" }, Call.Options(http, AnswerLimit)));

    private static async Task<TeamForecastsBody> TeamsAsync(string? time_zone, ForecastClient forecast, HttpContext http)
    {
        // Days are of one team at a time.
        using var call = forecast.ListForecasts(new ListForecastsRequest { TimeZone = time_zone ?? "", Days = 1 }, Call.Options(http, AnswerLimit));
        var views = new List<ForecastView>();
        await foreach (var view in call.ResponseStream.ReadAllAsync(http.RequestAborted))
        {
            views.Add(view);
        }

        return TeamForecastsBody.From(views);
    }

    private static async Task<SeriesBody> SeriesAsync(string? team_id, int? days, string? time_zone, ForecastClient forecast, HttpContext http)
    {
        var answer = await forecast.GetSeriesAsync(
            new GetSeriesRequest { TeamId = team_id ?? "", Days = days ?? 0, TimeZone = time_zone ?? "" }, Call.Options(http));
        return new SeriesBody(answer.Currency, [.. answer.Days.Select(day => new SeriesDayBody(
            day.Date, new Money(day.CostNanos), day.Calls, day.UnpricedCalls, new Money(day.ImportedNanos), new Money(day.AdjustmentNanos)))]);
    }
}

internal sealed record SeriesBody(string Currency, IReadOnlyList<SeriesDayBody> Days);

/// <param name="Cost">Without that of calls that have no price, with money without tokens.</param>
/// <param name="UnpricedCalls">Those of the calls.</param>
/// <param name="Imported">Part of the cost that was imported as history, and touched no wallet.</param>
/// <param name="Adjustment">Part of the cost that is money without tokens.</param>
internal sealed record SeriesDayBody(string Date, Money Cost, long Calls, long UnpricedCalls, Money Imported, Money Adjustment);

/// <summary>A forecast. Projections are null until the history is long enough; the explanation says what is missing.</summary>
/// <param name="Status">ready or history_too_short.</param>
/// <param name="WalletExhaustedAt">By then half of all futures are out of money, with what is planned to come and what ends; null when not within the twelve months after this one.</param>
/// <param name="WalletExhaustedEarlyAt">By then one future in ten is.</param>
/// <param name="Wallets">How many of the wallets that what is available is of calls are charged to: all but the organisation's own. Null: not known, as where the Wallet service is of an earlier version.</param>
/// <param name="ObservingWallets">Of them, those that only observe: they let calls through beyond what they have. Null: not known.</param>
/// <param name="ObservingNote">The same for people; empty: none does, or it is not known.</param>
/// <param name="Caps">Its own period caps, those that most futures reach first; what is needed covers nine futures in ten. Empty until the history is long enough.</param>
internal sealed record ForecastBody(
    string TeamId, string Status, string Explanation, string Currency, DateTimeOffset? AsOf, DateTimeOffset? PeriodStart, DateTimeOffset? PeriodEnd,
    Money MonthToDate, Money DailyRunRate, Money? MonthEndP10, Money? MonthEndP50, Money? MonthEndP90, DateTimeOffset? WalletExhaustedAt,
    DateTimeOffset? WalletExhaustedEarlyAt, Money WalletAvailable, string Model, IReadOnlyList<ModelScoreBody> Scores, int HistoryDays,
    IReadOnlyList<ForecastDayBody> Days, IReadOnlyList<CapOutlookBody> Caps, long? Wallets, long? ObservingWallets, string ObservingNote)
{
    public static ForecastBody From(ForecastView view)
    {
        var ready = view.Status == ForecastStatus.Ready;
        return new ForecastBody(
            view.TeamId, EnumText.Of(view.Status), view.Explanation, view.Currency, view.AsOf.ToMoment(), view.PeriodStart.ToMoment(),
            view.PeriodEnd.ToMoment(), new(view.MonthToDateNanos), new(view.DailyRunRateNanos), ready ? new Money(view.MonthEndP10Nanos) : null,
            ready ? new Money(view.MonthEndP50Nanos) : null, ready ? new Money(view.MonthEndP90Nanos) : null, view.WalletExhaustedAt.ToMoment(),
            view.WalletExhaustedEarlyAt.ToMoment(), new(view.WalletAvailableNanos), view.Model,
            [.. view.Scores.Select(score => new ModelScoreBody(score.Segment, score.Model, score.Wape, score.Origins))], view.HistoryDays,
            [.. view.Days.Select(day => new ForecastDayBody(day.Date, new(day.P10Nanos), new(day.P50Nanos), new(day.P90Nanos)))], [.. view.Caps.Select(CapOutlookBody.From)],
            view.HasWallets ? view.Wallets : null, view.HasObservingWallets ? view.ObservingWallets : null, view.ObservingNote);
    }
}

/// <summary>Forecasts of one moment.</summary>
/// <param name="Total">Of all. Amounts to date add up to it; quantiles do not.</param>
/// <param name="Teams">By id, those that have used nothing included.</param>
internal sealed record TeamForecastsBody(
    string Currency, DateTimeOffset? AsOf, DateTimeOffset? PeriodStart, DateTimeOffset? PeriodEnd, TeamForecastBody Total, IReadOnlyList<TeamForecastBody> Teams)
{
    /// <param name="views">The organisation's first.</param>
    public static TeamForecastsBody From(IReadOnlyList<ForecastView> views) => new(
        views[0].Currency, views[0].AsOf.ToMoment(), views[0].PeriodStart.ToMoment(), views[0].PeriodEnd.ToMoment(), TeamForecastBody.From(views[0]), [.. views.Skip(1).Select(TeamForecastBody.From)]);
}

/// <summary>As of a forecast, without its days and scores.</summary>
/// <param name="TeamId">Empty: all.</param>
internal sealed record TeamForecastBody(
    string TeamId, string Status, string Explanation, Money MonthToDate, Money DailyRunRate, Money? MonthEndP10, Money? MonthEndP50, Money? MonthEndP90, DateTimeOffset? WalletExhaustedAt,
    DateTimeOffset? WalletExhaustedEarlyAt, Money WalletAvailable, int HistoryDays, IReadOnlyList<CapOutlookBody> Caps,
    long? Wallets, long? ObservingWallets, string ObservingNote)
{
    public static TeamForecastBody From(ForecastView view)
    {
        var whole = ForecastBody.From(view);
        return new TeamForecastBody(
            whole.TeamId, whole.Status, whole.Explanation, whole.MonthToDate, whole.DailyRunRate, whole.MonthEndP10, whole.MonthEndP50, whole.MonthEndP90, whole.WalletExhaustedAt,
            whole.WalletExhaustedEarlyAt, whole.WalletAvailable, whole.HistoryDays, whole.Caps, whole.Wallets, whole.ObservingWallets, whole.ObservingNote);
    }
}

/// <param name="Segment">Workload and lane; of the organisation with the team before them.</param>
/// <param name="Wape">Weighted absolute percentage error of the backtest, 0.25 = 25 %.</param>
internal sealed record ModelScoreBody(string Segment, string Model, double Wape, int Origins);

internal sealed record ForecastDayBody(string Date, Money P10, Money P50, Money P90);
