using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Dashboard.Figures;

public sealed record BandDay(DateOnly Day, Money P10, Money P50, Money P90);

/// <param name="Ready">False while the history is too short: then there is no projection, and <paramref name="Explanation"/> says what is missing.</param>
/// <param name="Days">Today, what it has spent and what is left of it, and the <see cref="ForecastReader.DaysAhead"/> after it.</param>
public sealed record ForecastLine(
    string TeamId,
    bool Ready,
    string Explanation,
    string Currency,
    Money P10,
    Money P50,
    Money P90,
    DateTimeOffset? ExhaustedAt,
    DateTimeOffset? ExhaustedEarlyAt,
    string Model,
    int HistoryDays,
    DateTimeOffset PeriodEnd,
    IReadOnlyList<BandDay> Days)
{
    /// <summary>Of its period caps the one that half of futures reach first; where they reach none, the one that most of them reach before its period ends. Null where none is known.</summary>
    public CapAhead? Cap { get; init; }

    /// <summary>That some or all of its wallets only observe, so that calls go on when they are empty; empty: none does, or it is not known.</summary>
    public string Observing { get; init; } = "";

    /// <summary>Others of its wallets stop calls when they are empty.</summary>
    public bool ObservesInPart { get; init; }
}

/// <param name="Period">day, week, month, quarter or year.</param>
/// <param name="Reached">Share of futures in which more is asked for before the period ends than it leaves.</param>
/// <param name="At">By when half of them do; null: not before it ends.</param>
public sealed record CapAhead(Money Amount, string Period, double Reached, DateTimeOffset? At, DateTimeOffset Ends);

/// <param name="Lines">By team id, the organisation's under an empty one.</param>
public sealed record ForecastFigures(IReadOnlyDictionary<string, ForecastLine> Lines)
{
    public ForecastLine? Of(string teamId) => Lines.GetValueOrDefault(teamId);
}

internal sealed class ForecastReader(Forecast.ForecastClient forecast, TimeProvider time)
{
    /// <summary>Days after today that are shown: as many as a month has, so that the rest of every month is among them and its last day is not without any.</summary>
    public const int DaysAhead = 31;

    /// <summary>Of the organisation and of all teams, at one moment.</summary>
    /// <exception cref="RpcException">DEADLINE_EXCEEDED where no line came for as long as <see cref="Patience"/> says; or what Forecast answers.</exception>
    public async Task<ForecastFigures> ReadAsync(CancellationToken cancellationToken)
    {
        var lines = new Dictionary<string, ForecastLine>();
        using var silence = new CancellationTokenSource(Patience.Fitting, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        using var call = forecast.ListForecasts(new ListForecastsRequest { Days = 1 + DaysAhead }, deadline: Patience.UntilAllForecasts(time), cancellationToken: stop.Token);
        try
        {
            await foreach (var view in call.ResponseStream.ReadAllAsync(stop.Token))
            {
                silence.CancelAfter(Patience.BetweenForecasts);
                lines[view.TeamId] = ToLine(view);
            }
        }
        catch (Exception exception) when (IsStopped(exception) && silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"Forecast answered {lines.Count} lines, and then none for longer than a page waits.", exception));
        }

        return new ForecastFigures(lines);
    }

    private static bool IsStopped(Exception exception) => exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled };

    private static ForecastLine ToLine(ForecastView view) => new(
        view.TeamId,
        view.Status == ForecastStatus.Ready,
        view.Explanation,
        view.Currency,
        new Money(view.MonthEndP10Nanos),
        new Money(view.MonthEndP50Nanos),
        new Money(view.MonthEndP90Nanos),
        At(view.WalletExhaustedAt),
        At(view.WalletExhaustedEarlyAt),
        view.Model,
        view.HistoryDays,
        At(view.PeriodEnd) ?? default,
        [.. view.Days.Select(ToDay)])
    {
        Observing = view.ObservingNote,
        ObservesInPart = view.ObservingWallets < view.Wallets,
        Cap = view.Caps.Where(cap => cap.HasReached).Select(cap => new CapAhead(
            new Money(cap.AmountNanos), cap.Period.ToString().ToLowerInvariant(), cap.Reached, At(cap.Expected), cap.PeriodEnd.ToDateTimeOffset()))
            .OrderBy(cap => cap.At ?? DateTimeOffset.MaxValue).ThenByDescending(cap => cap.Reached).FirstOrDefault(),
    };

    private static BandDay ToDay(ForecastDay day) => new(
        DateOnly.ParseExact(day.Date, "yyyy-MM-dd", CultureInfo.InvariantCulture), new Money(day.P10Nanos), new Money(day.P50Nanos), new Money(day.P90Nanos));

    private static DateTimeOffset? At(Timestamp? at) => at?.ToDateTimeOffset();
}
