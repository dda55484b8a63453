using Platform.Wallet.Ledger;

namespace Platform.Wallet.Alerts;

/// <summary>
/// When a balance is low, and when that is said. The balance is what is available and what leases have not drawn; levels are percent of what was put in (credited
/// without moved out). A level is announced once when the balance falls below it. It is armed again when people put money in and the balance is no longer
/// below it, or when what holds and leases gave back lifts the balance to one and a quarter of it: around a level each call would announce it otherwise. Pure.
/// </summary>
/// <param name="Announced">The lowest level announced since, for <see cref="WalletAccounts.LowAnnounced"/>.</param>
/// <param name="Crossed">Levels to announce now, descending.</param>
/// <param name="Exhausted">To announce now: nothing is left, or a call was refused for funds while the balance was low.</param>
internal sealed record LowBalance(short Announced, IReadOnlyList<short> Crossed, bool Exhausted)
{
    /// <summary>Nothing is announced.</summary>
    public const short None = 101;

    private const short NothingLeft = 0;

    /// <summary>What counts as low in a wallet without levels.</summary>
    private const short DefaultLevel = 20;

    /// <param name="refused">A call was refused, observed or charged elsewhere for lack of funds.</param>
    public static LowBalance Decide(WalletAccounts before, WalletAccounts after, bool refused)
    {
        var levels = after.Policy.LowPercents;
        var funded = PutIn(after) > PutIn(before);
        var exhausted = (Balance(after) == 0 && PutIn(after) > 0) || (refused && IsBelow(after, First(levels)));
        var reached = exhausted ? NothingLeft : Lowest(levels, level => IsBelow(after, level));
        var armed = Rearm(after, reached, funded);
        return new LowBalance(
            Math.Min(armed, reached), [.. levels.Where(level => level < armed && IsBelow(after, level))], exhausted && armed > NothingLeft);
    }

    /// <summary>Below a level, by the same figures as the events.</summary>
    public static bool IsBelow(WalletAccounts wallet, short level) => (Int128)Balance(wallet) * 100 < (Int128)level * PutIn(wallet);

    /// <summary>Below the first level, which people call low.</summary>
    public static bool IsLow(WalletAccounts wallet) => wallet.Policy.LowPercents is [var first, ..] && IsBelow(wallet, first);

    public static long Balance(WalletAccounts wallet) => wallet.Available + wallet.LeasedUndrawn;

    public static long PutIn(WalletAccounts wallet) => Math.Max(0, wallet.Credited - wallet.MovedOut);

    private static short Rearm(WalletAccounts wallet, short reached, bool funded)
    {
        if (funded)
        {
            return Math.Max(wallet.LowAnnounced, reached);
        }

        var levels = wallet.Policy.LowPercents;
        var lowest = levels.Count == 0 ? DefaultLevel : levels[^1];
        return IsNear(wallet, lowest) ? wallet.LowAnnounced : Math.Max(wallet.LowAnnounced, Lowest(levels, level => IsNear(wallet, level)));
    }

    private static bool IsNear(WalletAccounts wallet, short level) => (Int128)Balance(wallet) * 400 < (Int128)level * 5 * PutIn(wallet);

    private static short Lowest(IReadOnlyList<short> levels, Func<short, bool> holds) => levels.Where(holds).DefaultIfEmpty(None).Min();

    private static short First(IReadOnlyList<short> levels) => levels.Count == 0 ? DefaultLevel : levels[0];
}
