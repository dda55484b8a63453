using System.Globalization;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecasting;

namespace Platform.Forecast.Layers;

/// <summary>What becomes of each wallet of a team that has several, if nothing is put in.</summary>
internal static class WalletOutlooks
{
    /// <summary>As far as dates are looked for: beyond this month and the next.</summary>
    private const int MostDays = 100;

    /// <param name="wallets">The team's own last.</param>
    /// <param name="totals">Of the team.</param>
    /// <returns>The team's own first, then the others in their order.</returns>
    public static IEnumerable<WalletOutlook> Of(
        string teamId, IReadOnlyList<SharedWallet> wallets, LayeredForecasts layered, CurrentForecast current, DailyTotals totals, double confidence)
    {
        var days = Math.Min(MostDays, current.Horizon.Days);
        var planned = Planned(layered, current, teamId, days);
        var run = new long[planned.Length];
        for (var i = 0; i < run.Length; i++)
        {
            run[i] = totals.On(i / days, i % days) - planned[i];
        }

        var (own, outlooks) = (new DailyTotals(days), new List<WalletOutlook>());
        foreach (var (wallet, part) in wallets.Zip(WalletPaths.Part(run, days, wallets)))
        {
            if (wallet.IsOwn)
            {
                // Whose calls planned demand will be is not known: the team answers for it.
                PathTotals.Add(part, planned);
            }

            outlooks.Add(new WalletOutlook
            {
                WalletId = wallet.Wallet.WalletId, UserId = wallet.Wallet.UserId, ApplicationId = wallet.Wallet.ApplicationId, Name = wallet.Wallet.Name,
                Funds = FundsOutlooks.Of(teamId, wallet.Wallet.AvailableNanos + wallet.Wallet.LeasedUndrawnNanos, own.Of(part), current, confidence),
                Note = NoteOf(wallet, layered.Planned.ContainsKey(teamId)),
            });
        }

        return outlooks.TakeLast(1).Concat(outlooks.SkipLast(1));
    }

    private static long[] Planned(LayeredForecasts layered, CurrentForecast current, string teamId, int days)
    {
        var planned = new long[JointPaths.Paths * days];
        if (layered.Planned.TryGetValue(teamId, out var paths))
        {
            for (var path = 0; path < JointPaths.Paths; path++)
            {
                paths.Path(path)[..days].CopyTo(planned.AsSpan(path * days, days));
                planned[path * days] = Nanos.FromForecast(planned[path * days] * current.RestOfToday);
            }
        }

        return planned;
    }

    private static string NoteOf(SharedWallet wallet, bool isPlanned)
    {
        if (wallet.IsOwn)
        {
            return "It pays for everybody in the team who has no wallet" + (isPlanned ? ", and for all that is planned: whose calls those will be is not known." : ".");
        }

        return wallet.Share.Outlook is null
            ? string.Create(CultureInfo.InvariantCulture, $"None of the calls that it pays for now was made in the last {WalletShares.HistoryDays} days, and nothing is expected.")
            : string.Create(CultureInfo.InvariantCulture,
                $"The share that its calls had of the team over {wallet.Share.Days} days{(wallet.Share.Days < ForecastEngine.LeastHistory ? ", which are few" : "")}, times the team's forecast.");
    }
}
