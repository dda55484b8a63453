namespace Platform.Wallet.Postings;

/// <summary>What Verify looks for in postings: what is spent is spent by a usage record, and once. Each statement answers one sentence for each thing that is wrong. Accounts and states by number.</summary>
internal static class VerifyPostings
{
    // Account 5 is spent.
    private const string SpentIsPosted = """
        SELECT format('Transfer %s moves %s into or out of what %s has spent, but no usage record is posted for it.', t.transfer_id, t.amount, t.to_wallet)
        FROM transfer t LEFT JOIN posting p ON p.attempt_id = t.attempt_id AND p.posting_id = t.posting_id
        WHERE (t.from_account = 5 OR t.to_account = 5) AND p.posting_id IS NULL
        ORDER BY 1 LIMIT 100
        """;

    // A posting takes from each account of a wallet once, and gives back to each wallet once.
    private const string PostedOnce = """
        SELECT format('Usage record %s of attempt %s is posted %s times from one account of %s.', posting_id, attempt_id, count(*), from_wallet)
        FROM transfer WHERE posting_id IS NOT NULL
        GROUP BY attempt_id, posting_id, from_wallet, from_account, to_account HAVING count(*) > 1
        ORDER BY 1 LIMIT 100
        """;

    // State 5 is posted.
    private const string PostedHoldsHaveRecords = """
        SELECT format('Hold %s is posted, but no usage record of its attempt is.', attempt_id)
        FROM hold h WHERE state = 5 AND NOT EXISTS (SELECT FROM posting p WHERE p.attempt_id = h.attempt_id)
        ORDER BY 1 LIMIT 100
        """;

    public static readonly string[] OfAllEntries = [SpentIsPosted, PostedOnce, PostedHoldsHaveRecords];
}
