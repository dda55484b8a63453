using System.Globalization;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecasting;

namespace Platform.Forecast.Layers;

/// <summary>What becomes of each wallet of a team, if nothing is put in beyond what is planned.</summary>
internal static class WalletOutlooks
{
    /// <summary>As far as dates are looked for: beyond this month and the next.</summary>
    private const int MostDays = 100;

    public static int DaysOf(HorizonCalendar horizon) => Math.Min(MostDays, horizon.Days);

    /// <param name="totals">Of the team.</param>
    /// <param name="plannedChanges">What a scenario changes of the plan that is in the totals, by path and day; null: nothing.</param>
    /// <returns>The team's own first, then the others in their order.</returns>
    public static IEnumerable<WalletOutlook> Of(
        string teamId, TeamWallets wallets, LayeredForecasts layered, CurrentForecast current, DailyTotals totals, double confidence, long[]? plannedChanges = null)
    {
        if (wallets.Cumulated is null)
        {
            yield return Outlook(wallets.Wallets[0], teamId, totals, current, confidence, "It pays for all of the team.");
            yield break;
        }

        var parts = Parts(wallets, wallets.Cumulated(), totals, Planned(layered, current, teamId, plannedChanges));
        var outlooks = new List<WalletOutlook>();
        var (given, returned) = (new List<(DateTimeOffset, long)>(), new List<(DateTimeOffset, long[])>());
        var own = new DailyTotals(DaysOf(current.Horizon));
        foreach (var (wallet, part) in wallets.Wallets.Zip(parts).Where(wallet => wallet.First.Wallet.WalletId.Length > 0))
        {
            // The team's own is the last.
            var below = wallet.IsOwn && given.Count + returned.Count > 0 ? new FundsBelow(given, returned) : null;
            outlooks.Add(Outlook(wallet, teamId, own.Of(part), current, confidence, NoteOf(wallet, layered.Planned.ContainsKey(teamId), below is not null), below));
            if (!wallet.IsOwn && wallet.Funds.Parts.Count > 0)
            {
                given.AddRange(wallet.Funds.Parts.Where(ahead => ahead.From is not null).Select(ahead => (ahead.From!.Value, ahead.Nanos)));
                returned.AddRange(new FundsCourse(wallet.Funds, own, current).Returned());
            }
        }

        foreach (var outlook in outlooks.Where(IsTeams).Concat(outlooks.Where(outlook => !IsTeams(outlook))))
        {
            yield return outlook;
        }
    }

    private static bool IsTeams(WalletOutlook outlook) => outlook is { UserId: "", ApplicationId: "" };

    private static WalletOutlook Outlook(SharedWallet shared, string teamId, DailyTotals totals, CurrentForecast current, double confidence, string note, FundsBelow? below = null)
    {
        var wallet = shared.Wallet;
        return new WalletOutlook
        {
            WalletId = wallet.WalletId, UserId = wallet.UserId, ApplicationId = wallet.ApplicationId, Name = wallet.Name,
            Funds = FundsOutlooks.Of(teamId, shared.Funds, totals, current, confidence, below), Note = note,
        };
    }

    /// <summary>What each pays, by path and day.</summary>
    private static IEnumerable<long[]> Parts(
        TeamWallets wallets, float[][] cumulated, DailyTotals totals, long[] planned)
    {
        var (days, run) = (planned.Length / JointPaths.Paths, new long[planned.Length]);
        for (var i = 0; i < run.Length; i++)
        {
            run[i] = totals.On(i / days, i % days) - planned[i];
        }

        foreach (var (wallet, part) in wallets.Wallets.Zip(WalletPaths.Part(run, cumulated)))
        {
            if (wallet.IsOwn)
            {
                // Whose calls planned demand will be is not known: the team answers for it.
                PathTotals.Add(part, planned);
            }

            yield return part;
        }
    }

    private static long[] Planned(LayeredForecasts layered, CurrentForecast current, string teamId, long[]? changes)
    {
        var days = DaysOf(current.Horizon);
        var planned = new long[JointPaths.Paths * days];
        if (layered.Planned.TryGetValue(teamId, out var paths))
        {
            for (var path = 0; path < JointPaths.Paths; path++)
            {
                paths.Path(path)[..days].CopyTo(planned.AsSpan(path * days, days));
                planned[path * days] = Nanos.FromForecast(planned[path * days] * current.RestOfToday);
            }
        }

        for (var path = 0; path < JointPaths.Paths && changes is not null; path++)
        {
            for (var day = 0; day < days; day++)
            {
                planned[path * days + day] += changes[path * current.Horizon.Days + day];
            }
        }

        return planned;
    }

    /// <param name="gives">Others of the team have money that comes or ends by the calendar.</param>
    private static string NoteOf(SharedWallet wallet, bool isPlanned, bool gives)
    {
        if (wallet.IsOwn)
        {
            return "It pays for everybody in the team who has no wallet" + (isPlanned ? ", and for all that is planned: whose calls those will be is not known." : ".")
                + (gives ? " What is planned for its users and applications comes out of it, and what returns of theirs comes back." : "");
        }

        return wallet.Share.Outlook is null
            ? string.Create(CultureInfo.InvariantCulture, $"None of the calls that it pays for now was made in the last {WalletShares.HistoryDays} days, and nothing is expected.")
            : string.Create(CultureInfo.InvariantCulture,
                $"The share that its calls had of the team over {wallet.Share.Days} days{(wallet.Share.Days < ForecastEngine.LeastHistory ? ", which are few" : "")}, times the team's forecast.");
    }
}
