using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Work;

namespace Platform.Forecast.Layers;

/// <summary>
/// Parts what a team spends among its wallets, path by path and day by day: each wallet's share is drawn by itself, and all of them are held to add up to one. So wallets come to their team in every
/// future, to the nano, and none is ever dearer than it.
/// </summary>
internal static class WalletPaths
{
    /// <summary>Shares that are drawn at once, which bounds the memory.</summary>
    private const int AtOnce = 8;

    /// <summary>What the wallets up to each have of their team, by path and day, 0 to 1: what parts are made of. Four bytes each, so that they can be kept while nothing they rest on changes.</summary>
    /// <param name="wallets">The last one takes what no share says whose it is.</param>
    public static float[][] Cumulate(int days, IReadOnlyList<SharedWallet> wallets)
    {
        var (through, cumulated) = (new float[JointPaths.Paths * days], new float[wallets.Count][]);
        foreach (var (place, share) in wallets.Chunk(AtOnce).SelectMany(some => WorkThreads.Each(some, wallet => wallet.Share.Draw(days, wallet.Wallet.WalletId))).Index())
        {
            for (var i = 0; share is not null && i < through.Length; i++)
            {
                through[i] += (float)share(i / days, i % days);
            }

            cumulated[place] = (float[])through.Clone();
        }

        foreach (var upTo in cumulated)
        {
            for (var i = 0; i < upTo.Length; i++)
            {
                upTo[i] = through[i] > 0 ? Math.Min(1, upTo[i] / through[i]) : 0;
            }
        }

        return cumulated;
    }

    /// <param name="team">By path, then by day.</param>
    /// <param name="cumulated">Of its wallets (<see cref="Cumulate"/>).</param>
    /// <returns>In their order, each by path, then by day.</returns>
    public static IEnumerable<long[]> Part(long[] team, IReadOnlyList<float[]> cumulated)
    {
        var given = new long[team.Length];
        foreach (var (place, upTo) in cumulated.Index())
        {
            var (part, isLast) = (new long[team.Length], place == cumulated.Count - 1);
            for (var i = 0; i < part.Length; i++)
            {
                var through = isLast ? team[i] : Math.Min(team[i], Nanos.FromForecast((double)team[i] * upTo[i]));
                (part[i], given[i]) = (through - given[i], through);
            }

            yield return part;
        }
    }
}
