using Platform.Forecast.Projection;

namespace Platform.Forecast.Layers;

/// <summary>
/// Parts what a team spends among its wallets, path by path and day by day: each wallet's share is drawn by itself, and all of them are held to add up to one. So wallets come to their team in every
/// future, to the nano, and none is ever dearer than it.
/// </summary>
internal static class WalletPaths
{
    /// <summary>Shares that are drawn at once, which bounds the memory.</summary>
    private const int AtOnce = 8;

    /// <param name="team">By path, then by day.</param>
    /// <param name="wallets">The last one takes what no share says whose it is.</param>
    /// <returns>In their order, each by path, then by day.</returns>
    public static IEnumerable<long[]> Part(long[] team, int days, IReadOnlyList<SharedWallet> wallets)
    {
        // All are drawn twice: kept they would be as large as all of the answer's paths together.
        var sums = new double[team.Length];
        foreach (var share in Drawn(days, wallets))
        {
            for (var i = 0; share is not null && i < sums.Length; i++)
            {
                sums[i] += share(i / days, i % days);
            }
        }

        var (through, given, place) = (new double[team.Length], new long[team.Length], 0);
        foreach (var share in Drawn(days, wallets))
        {
            var part = new long[team.Length];
            var isLast = ++place == wallets.Count;
            for (var i = 0; i < part.Length; i++)
            {
                through[i] += share?.Invoke(i / days, i % days) ?? 0;
                var upTo = isLast ? team[i] : sums[i] > 0 ? Math.Min(team[i], Nanos.FromForecast(team[i] * Math.Min(1, through[i] / sums[i]))) : 0;
                (part[i], given[i]) = (upTo - given[i], upTo);
            }

            yield return part;
        }
    }

    private static IEnumerable<Func<int, int, double>?> Drawn(int days, IReadOnlyList<SharedWallet> wallets) =>
        wallets.Chunk(AtOnce).SelectMany(some => some.AsParallel().AsOrdered().Select(wallet => wallet.Share.Draw(days, wallet.Wallet.WalletId)).ToArray());
}
