using System.Globalization;
using Platform.Cli.Reconcile;
using Platform.Contracts;

namespace Platform.Cli.Tests;

public sealed class ReconciliationDecisionTests
{
    private static readonly DateTimeOffset SettledBefore = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    // Funding, then nanos of bill, meter, ledger and export ('-' = no row), hold, age (young, old, or an hour more), with or without bill, verdict.
    [Theory]
    [InlineData("leased    10  10  10  10  -          old    bill  Equal")]
    [InlineData("leased     9  10  10  10  -          old    bill  Different")]
    [InlineData("leased     9  10  10  10  -          old    none  Equal")]
    [InlineData("leased     -  10  10  10  -          old    bill  Different")]
    [InlineData("leased    10   -   -   -  -          old    bill  Different")]
    [InlineData("leased    10   -   -   -  -          young  bill  Open")]
    [InlineData("leased    10  10   -  10  -          young  bill  Open")]
    [InlineData("leased    10  10   -  10  -          old    bill  Different")]
    [InlineData("leased    10  10   9  10  -          young  bill  Different")]
    // Metered after the watermark, and posted by a clock that is behind the one that metered it.
    [InlineData("leased    10   -  10   -  -          young  bill  Open")]
    [InlineData("leased    10   -  10   -  -          old    bill  Different")]
    [InlineData("leased    10  10  10   -  -          old    bill  Different")]
    [InlineData("leased    10  10  10   9  -          old    bill  Different")]
    // A failed attempt costs nothing and need not be on the bill, but its record is exported.
    [InlineData("leased     -   0   0   0  -          old    bill  Equal")]
    [InlineData("leased     -   0   -   0  -          old    bill  Equal")]
    [InlineData("leased     -   0   0   -  -          old    bill  Different")]
    // A hold without an end is open whatever the legs say so far.
    [InlineData("leased    10   -   -   -  sent       old    bill  Open")]
    [InlineData("leased     -   -   -   -  suspended  old    bill  Open")]
    [InlineData("leased    10  10   -  10  reported   old    bill  Open")]
    [InlineData("external   -  10  10  10  -          old    bill  Equal")]
    [InlineData("external   -  10   9  10  -          old    bill  Different")]
    [InlineData("external   -  10   -  10  -          young  bill  Open")]
    [InlineData("external   -  10   -  10  -          old    bill  Different")]
    // A credit note that its wallets cannot take yet waits in the ledger for an hour.
    [InlineData("external   - -10   - -10  -          old    bill  Open")]
    [InlineData("external   - -10   - -10  -          hour   bill  Different")]
    [InlineData("external   - -10  -9 -10  -          old    bill  Different")]
    [InlineData("external   - -10   -  -9  -          hour   bill  Different")]
    [InlineData("history    - -10   - -10  -          old    bill  Equal")]
    [InlineData("history    -  10   -  10  -          old    bill  Equal")]
    [InlineData("history    -  10  10  10  -          old    bill  Different")]
    [InlineData("history    -  10   -   9  -          old    bill  Different")]
    public void Attempt_is_judged_by_the_legs_that_can_know_it(string line)
    {
        var word = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var attempt = new Attempt("a")
        {
            Funding = word[0],
            Bill = Leg(word[1]),
            Meter = Leg(word[2]),
            Ledger = Leg(word[3]),
            Export = Leg(word[4]),
            OpenHold = word[5] == "-" ? null : word[5],
            LatestAt = SettledBefore.AddSeconds(word[6] switch { "young" => 1, "hour" => -3_601, _ => -1 }),
        };

        Assert.Equal(Enum.Parse<Verdict>(word[8]), ReconciliationDecision.Decide(attempt, word[7] == "bill", SettledBefore));
    }

    private static LegSum Leg(string text) => text == "-" ? default : new LegSum(1, new Money(long.Parse(text, CultureInfo.InvariantCulture)));
}
