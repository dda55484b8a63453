using Platform.Wallet.Ledger;

namespace Platform.Wallet.Postings;

/// <summary>Whose wallets may get what is given back.</summary>
internal enum RefundReach
{
    /// <summary>The charged one's alone.</summary>
    Charged,

    /// <summary>All of its team.</summary>
    Team,

    /// <summary>The organisation's too, which pays for teams whose money has ended.</summary>
    Organisation,
}

/// <summary>
/// Which wallets get what is given back, where the charged one has spent less than that: calls of a team may have been charged to wallets of its users and applications, or to the organisation's,
/// and a record names one wallet only (docs/decisions/0235). Pure.
/// </summary>
internal static class RefundParts
{
    /// <summary>
    /// As much as each has spent, in this order: the charged wallet, the team's, those below it, the organisation's. Several of one step get it in proportion to what each has spent, so that none is
    /// preferred.
    /// </summary>
    /// <param name="amount">Above 0, in nano-units.</param>
    /// <param name="charged">The wallet that the record is posted to.</param>
    /// <param name="teamId">Whose usage it is of.</param>
    /// <param name="wallets">Those that are locked.</param>
    /// <returns>Parts above 0 that add up to the amount; null when all of them together have spent less.</returns>
    public static IReadOnlyList<(string WalletId, long Amount)>? Of(long amount, WalletAccounts charged, string teamId, RefundReach reach, IEnumerable<WalletAccounts> wallets)
    {
        var steps = wallets.Where(MayGet).GroupBy(StepOf).OrderBy(step => step.Key).Select(step => step.OrderBy(wallet => wallet.WalletId, StringComparer.Ordinal).ToList());
        var parts = new List<(string, long)>();
        var left = amount;
        foreach (var step in steps.Prepend([charged]))
        {
            var spent = step.Sum(wallet => wallet.Spent);
            var given = Math.Min(left, spent);
            var (spentSoFar, givenSoFar) = (0L, 0L);
            foreach (var wallet in given > 0 ? step : [])
            {
                // Of running sums, so that parts add up to the nano and none is more than its wallet has spent.
                spentSoFar += wallet.Spent;
                var next = (long)((Int128)given * spentSoFar / spent);
                if (next > givenSoFar)
                {
                    parts.Add((wallet.WalletId, next - givenSoFar));
                }

                givenSoFar = next;
            }

            left -= given;
        }

        return left == 0 ? parts : null;

        bool MayGet(WalletAccounts wallet) => wallet.WalletId != charged.WalletId && wallet.Spent > 0
            && (wallet.TeamId.Length == 0 ? reach == RefundReach.Organisation : wallet.TeamId == teamId && reach != RefundReach.Charged);
    }

    private static int StepOf(WalletAccounts wallet) => wallet.TeamId.Length == 0 ? 3 : wallet.UserId.Length + wallet.ApplicationId.Length > 0 ? 2 : 1;
}
