namespace Platform.Dashboard.Overview;

/// <summary>The rows of a table that a page shows before somebody asks for all: a thousand teams are no overview, and are drawn anew with every figure.</summary>
internal static class FewRows
{
    public const int Most = 30;

    /// <summary>The rows that are shown to who asks for all: a browser draws no more of them every two seconds. Longer lists are for <c>kt</c> and the API.</summary>
    public const int MostOfAll = 1_000;

    /// <summary>All rows where there are few of them, else those that concern most, in the order in which they stood.</summary>
    /// <param name="all">Whether somebody asked for all; they get <see cref="MostOfAll"/>.</param>
    /// <param name="rank">The lowest come first.</param>
    public static IReadOnlyList<T> Of<T, TRank>(IReadOnlyList<T> rows, bool all, Func<T, TRank> rank) => rows.Count <= MostFor(all)
        ? rows
        : [.. rows.Index().OrderBy(row => rank(row.Item)).Take(MostFor(all)).OrderBy(row => row.Index).Select(row => row.Item)];

    private static int MostFor(bool all) => all ? MostOfAll : Most;
}
