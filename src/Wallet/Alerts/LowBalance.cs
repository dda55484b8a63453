using Platform.Wallet.Ledger;

namespace Platform.Wallet.Alerts;

/// <summary>
/// When a wallet is low, and when that is said. Levels are percent of the wallet's current funding (<see cref="WalletAccounts.LowBase"/>: what was left when money
/// last came in, decision 0122), and are judged by what is left: available, and held, because a hold or lease may return; spend, what leases have drawn for calls that have ended, and what waits in suspense for people, is gone. A level is
/// announced once when what is left falls below it. It is armed again when people put money in and what is left is no longer below it, or when what can be taken
/// (available, and undrawn in leases) is back at one and a quarter of it: calls that are refused around a level would announce it each otherwise. A refusal is
/// judged by what can be taken, which swings between nothing and everything while calls follow each other, their bounds being many times what they cost: so once it was told, refusals
/// tell it again after <see cref="QuietAfterExhausted"/> at the earliest, or once people have put money in (decision 0271). Pure.
/// </summary>
/// <param name="Announced">The lowest level announced since, for <see cref="WalletAccounts.LowAnnounced"/>.</param>
/// <param name="Crossed">Levels to announce now, descending.</param>
/// <param name="Exhausted">To announce now: nothing is left, or a call was refused for funds while little could be taken.</param>
/// <param name="ExhaustedToldAt">When that was announced last since people put money in, for <see cref="WalletAccounts.ExhaustedToldAt"/>.</param>
internal sealed record LowBalance(short Announced, IReadOnlyList<short> Crossed, bool Exhausted, DateTimeOffset? ExhaustedToldAt)
{
    /// <summary>How long refusals tell nobody that a wallet is exhausted, whose people know that it was.</summary>
    public static readonly TimeSpan QuietAfterExhausted = TimeSpan.FromHours(1);

    /// <summary>Nothing is announced.</summary>
    public const short None = 101;

    private const short NothingLeft = 0;

    /// <summary>What counts as low in a wallet without levels.</summary>
    private const short DefaultLevel = 20;

    /// <param name="wallet">After the movement.</param>
    /// <param name="funded">The movement brought money that people put in.</param>
    /// <param name="refused">A call was refused, observed or charged elsewhere for lack of funds.</param>
    /// <param name="now">Of the movement.</param>
    public static LowBalance Decide(WalletAccounts wallet, bool funded, bool refused, DateTimeOffset now)
    {
        var levels = wallet.Policy.LowPercents;
        var toldAt = funded ? null : wallet.ExhaustedToldAt;
        var isQuiet = now - toldAt < QuietAfterExhausted;
        var exhausted = (wallet.Left == 0 && wallet.LowBase > 0) || (refused && !isQuiet && IsBelow(Balance(wallet), wallet, First(levels)));
        var reached = exhausted ? NothingLeft : Lowest(levels, level => IsBelow(wallet.Left, wallet, level));
        var armed = Rearm(wallet, reached, funded);
        var isNews = exhausted && armed > NothingLeft;
        return new LowBalance(
            Math.Min(armed, reached), [.. levels.Where(level => level < armed && IsBelow(wallet.Left, wallet, level))], isNews, isNews ? now : toldAt);
    }

    /// <summary>Below the first level, which people call low, by the same figures as the events.</summary>
    public static bool IsLow(WalletAccounts wallet) => wallet.Policy.LowPercents is [var first, ..] && IsBelow(wallet.Left, wallet, first);

    /// <summary>What calls can take, now or by a lease that has it.</summary>
    public static long Balance(WalletAccounts wallet) => wallet.Available + wallet.Undrawn;

    private static bool IsBelow(long amount, WalletAccounts wallet, short level) => (Int128)amount * 100 < (Int128)level * wallet.LowBase;

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

    private static bool IsNear(WalletAccounts wallet, short level) => (Int128)Balance(wallet) * 400 < (Int128)level * 5 * wallet.LowBase;

    private static short Lowest(IReadOnlyList<short> levels, Func<short, bool> holds) => levels.Where(holds).DefaultIfEmpty(None).Min();

    private static short First(IReadOnlyList<short> levels) => levels.Count == 0 ? DefaultLevel : levels[0];
}
