using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Each line: what is there | what is asked → outcome, the lease afterwards. The bound is 1, 400 are wanted, 1,000 are available.</summary>
public sealed class AcquireDecisionTests
{
    private const string Holder = "gateway-1";
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("no team", "new", "TeamNotFound")]
    [InlineData("EUR", "new", "CurrencyMismatch")]
    [InlineData("", "new", "Granted open 400-0-0-0-0 0/0")]
    [InlineData("", "new known 400", "Invalid")]
    [InlineData("", "new drawn 1", "Invalid")]
    [InlineData("frozen", "new", "Frozen")]
    [InlineData("observe", "new", "UseHolds")]
    [InlineData("ends soon", "new", "UseHolds")]
    [InlineData("ends later", "new", "Granted open 400-0-0-0-0 0/0")]
    [InlineData("poor", "new", "UseHolds")]
    [InlineData("poor elsewhere", "new", "UseHolds recall")]
    [InlineData("named open 400-0-0-0-0 0/0", "known 400 drawn 250 open 50", "Granted open 700-0-0-0-0 250/50")]
    [InlineData("named open 400-0-0-0-0 0/0", "known 400", "Unchanged open 400-0-0-0-0 0/0")]
    [InlineData("named open 700-0-0-0-0 250/50", "known 400 drawn 250 open 50", "Unchanged open 700-0-0-0-0 250/50")]
    [InlineData("named open 700-0-0-0-0 250/50", "known 400 drawn 1", "Unchanged open 700-0-0-0-0 250/50")]
    [InlineData("named open 400-0-0-0-0 250/50", "known 400 drawn 249", "Invalid")]
    [InlineData("named open 400-0-0-0-0 250/50", "known 400 drawn 300 open 101", "Invalid")]
    [InlineData("named recalled 400-0-0-0-0 0/0", "known 400 drawn 300", "Ended recalled 400-0-0-0-0 0/0")]
    [InlineData("named retired 400-400-0-0-0 0/0", "known 400", "Ended retired 400-400-0-0-0 0/0")]
    [InlineData("named suspended 400-0-0-0-0 0/0", "known 400", "Ended suspended 400-0-0-0-0 0/0")]
    [InlineData("named ended 400-400-0-0-0 0/0", "known 400", "Ended ended 400-400-0-0-0 0/0")]
    [InlineData("other holder named open 400-0-0-0-0 0/0", "known 400", "ExistsDifferent")]
    [InlineData("other scope named open 400-0-0-0-0 0/0", "known 400", "ExistsDifferent")]
    [InlineData("other scope named recalled 400-0-0-0-0 0/0", "known 400", "Ended recalled 400-0-0-0-0 0/0")]
    [InlineData("other holder named recalled 400-0-0-0-0 0/0", "known 400", "ExistsDifferent")]
    [InlineData("frozen named open 400-0-0-0-0 0/0", "known 400 drawn 300", "Frozen open 400-0-0-0-0 0/0")]
    [InlineData("frozen named ended 400-400-0-0-0 0/0", "known 400", "Ended ended 400-400-0-0-0 0/0")]
    [InlineData("poor named open 400-0-0-0-0 0/0", "known 400 drawn 390", "UseHolds open 400-0-0-0-0 390/0")]
    [InlineData("ended period named open 400-0-0-0-0 0/0", "known 400 drawn 390", "Ended open 400-0-0-0-0 0/0")]
    [InlineData("scope open 400-0-0-0-0 390/0", "new", "Unchanged open 400-0-0-0-0 390/0")]
    [InlineData("poor scope open 400-0-0-0-0 390/0", "new", "Unchanged open 400-0-0-0-0 390/0")]
    public void A_request_for_a_lease_has_the_first_outcome_that_applies(string found, string asked, string expected)
    {
        var words = found.Split(' ');
        DateTimeOffset? endsAt = found.StartsWith("ends soon", StringComparison.Ordinal) ? Now.AddMilliseconds(900)
            : found.StartsWith("ends later", StringComparison.Ordinal) ? Now.AddSeconds(1)
            : null;
        var lease = Array.FindLastIndex(words, word => word is "named" or "scope") is var at and >= 0 && words.Length > at + 2
            ? LeaseDecisionTests.Lease(string.Join(' ', words[(at + 1)..])) with
            {
                Holder = found.StartsWith("other holder", StringComparison.Ordinal) ? "gateway-2" : Holder,
                Scope = found.StartsWith("other scope", StringComparison.Ordinal) ? "wal_a+1" : "wal_a",
                EndsAt = found.StartsWith("ended period", StringComparison.Ordinal) ? Now : null,
            }
            : null;
        var wallet = WalletAccounts.New("wal_a", "a", "A", words.Contains("EUR") ? "EUR" : "USD", "") with
        {
            Available = words.Contains("poor") ? 19 : 1_000,
            Policy = Ledger.WalletPolicy.Default with { Frozen = words.Contains("frozen"), Observe = words.Contains("observe") },
        };
        var facts = new AcquireFacts(
            found == "no team" ? null : wallet, found == "no team" ? null : new LeaseScope("wal_a", "wal_a", [], endsAt),
            words.Contains("named") ? lease : null, words.Contains("named") ? null : lease, words.Contains("elsewhere") ? 100 : 0, 1);

        var decision = AcquireDecision.Decide(facts, Input(asked), new LeaseOptions(), Now);

        var outcome = decision.Problem is null ? decision.Outcome.ToString() : "Invalid";
        Assert.Equal(expected, $"{outcome}{(decision.Lease is { } after ? " " + after.Line() : "")}{(decision.RecallOthers ? " recall" : "")}");
        Assert.Equal(decision.Outcome == LeaseOutcome.Granted, decision.Granted > 0);
    }

    private static AcquireInput Input(string text)
    {
        var words = text.Split(' ');
        long Number(string name) => Array.IndexOf(words, name) is var at and >= 0 ? long.Parse(words[at + 1]) : 0;
        return new AcquireInput(Guid.CreateVersion7(), Holder, new LeaseSubject("a"), "USD", 400, 1, Number("known"), Number("drawn"), Number("open"));
    }
}
