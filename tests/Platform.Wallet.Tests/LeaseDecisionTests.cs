using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Tests;

/// <summary>
/// A lease as "state granted-returned-posted-suspended-released drawn/open [final|incomplete]". Each line: lease | input → verdict, lease afterwards, moves.
/// </summary>
public sealed class LeaseDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    // The holder's running totals.
    [InlineData("open 100-0-0-0-0 0/0", "report 0 30 20", "Apply open 100-0-0-0-0 30/20")]
    [InlineData("open 100-0-0-0-0 30/20", "report 0 30 20", "Apply open 100-0-0-0-0 30/20")]
    [InlineData("open 100-0-0-0-0 30/20", "report 50 30 20", "Apply open 100-50-0-0-0 30/20 held>available:50")]
    [InlineData("open 100-50-0-0-0 30/20", "report 50 30 20", "Apply open 100-50-0-0-0 30/20")]
    [InlineData("open 100-50-30-0-0 0/0", "report 50 30 20", "Apply open 100-50-30-0-0 30/20")]
    [InlineData("open 100-0-0-0-0 30/20", "report 0 29 20", "Invalid open 100-0-0-0-0 30/20")]
    [InlineData("open 100-50-0-0-0 30/20", "report 49 30 20", "Invalid open 100-50-0-0-0 30/20")]
    [InlineData("open 100-0-0-0-0 0/0", "report 51 30 20", "Invalid open 100-0-0-0-0 0/0")]
    [InlineData("open 100-0-0-0-0 0/0", "report -1 0 0", "Invalid open 100-0-0-0-0 0/0")]
    [InlineData("open 100-0-0-0-0 0/0", "report 0 0 -1", "Invalid open 100-0-0-0-0 0/0")]
    [InlineData("open 100-0-60-20-0 0/0", "report 30 0 0", "Invalid open 100-0-60-20-0 0/0")]
    [InlineData("recalled 100-0-0-0-0 0/0", "report 0 30 20", "Apply recalled 100-0-0-0-0 30/20")]
    // Retired: all that is neither drawn nor open returns, whatever the holder knows of its grants.
    [InlineData("open 100-0-0-0-0 0/0", "report 50 30 20 retired", "Apply retired 100-50-0-0-0 30/20 held>available:50")]
    [InlineData("open 100-0-0-0-0 0/0", "report 10 30 20 retired", "Apply retired 100-50-0-0-0 30/20 held>available:50")]
    [InlineData("recalled 100-0-0-0-0 0/0", "report 0 30 20 retired", "Apply retired 100-50-0-0-0 30/20 held>available:50")]
    [InlineData("retired 100-50-0-0-0 30/20", "report 10 30 20 retired", "Apply retired 100-50-0-0-0 30/20")]
    [InlineData("retired 100-50-0-0-0 30/20", "report 50 35 0", "Apply retired 100-65-0-0-0 35/0 held>available:15")]
    [InlineData("retired 100-65-0-0-0 35/0", "report 50 30 20 retired", "Invalid retired 100-65-0-0-0 35/0")]
    [InlineData("open 100-0-0-0-0 0/0", "report 51 30 20 retired", "Invalid open 100-0-0-0-0 0/0")]
    [InlineData("suspended 100-0-0-0-0 0/0", "report 0 30 20", "Apply suspended 100-0-0-0-0 30/20")]
    [InlineData("suspended 100-0-0-0-0 0/0", "report 0 30 20 retired", "Apply suspended 100-50-0-0-0 30/20 suspense>available:50")]
    [InlineData("suspended 100-0-0-0-0 0/0", "report 0 0 0 retired", "Apply ended 100-100-0-0-0 0/0 suspense>available:100")]
    [InlineData("suspended 100-0-0-0-0 30/0 incomplete", "report 70 30 0 retired", "Ended suspended 100-0-0-0-0 30/0")]
    [InlineData("closed 100-70-0-0-0 30/0 final", "report 70 30 0", "Ended closed 100-70-0-0-0 30/0")]
    [InlineData("ended 100-100-0-0-0 0/0", "report 100 0 0", "Ended ended 100-100-0-0-0 0/0")]
    // One attempt leaves for suspense.
    [InlineData("open 100-0-0-0-0 0/0", "suspend 20", "Apply open 100-0-0-20-0 0/0 held>suspense:20")]
    [InlineData("recalled 100-0-0-0-0 0/0", "suspend 20", "Apply recalled 100-0-0-20-0 0/0 held>suspense:20")]
    [InlineData("retired 100-50-0-0-0 30/20", "suspend 50", "Apply retired 100-50-0-50-0 30/20 held>suspense:50")]
    [InlineData("retired 100-50-10-0-0 30/20", "suspend 41", "Invalid retired 100-50-10-0-0 30/20")]
    [InlineData("closed 100-70-10-0-0 30/0 final", "suspend 5", "Apply closed 100-70-10-5-0 30/0 held>suspense:5")]
    [InlineData("closed 100-70-10-0-0 30/0 final", "suspend 20", "Apply ended 100-70-10-20-0 30/0 held>suspense:20")]
    [InlineData("suspended 100-0-0-0-0 0/0", "suspend 20", "Apply suspended 100-0-0-20-0 0/0 suspense>held:20 held>suspense:20")]
    [InlineData("ended 100-100-0-0-0 0/0", "suspend 1", "Ended ended 100-100-0-0-0 0/0")]
    // The last word.
    [InlineData("open 100-0-0-0-0 10/20", "close 30", "Apply closed 100-70-0-0-0 30/0 held>available:70")]
    [InlineData("recalled 100-0-0-0-0 10/20", "close 30", "Apply closed 100-70-0-0-0 30/0 held>available:70")]
    [InlineData("retired 100-50-20-5-0 30/20", "close 40", "Apply closed 100-60-20-5-0 40/0 held>available:10")]
    [InlineData("retired 100-50-20-5-0 25/0", "close 25", "Apply ended 100-75-20-5-0 25/0 held>available:25")]
    [InlineData("open 100-0-0-0-0 0/0", "close 0", "Apply ended 100-100-0-0-0 0/0 held>available:100")]
    [InlineData("suspended 100-0-20-0-0 10/20", "close 30", "Apply closed 100-70-20-0-0 30/0 suspense>available:70 suspense>held:10")]
    [InlineData("suspended 100-0-20-10-0 10/20", "close 30", "Apply ended 100-70-20-10-0 30/0 suspense>available:70")]
    [InlineData("open 100-0-20-15-0 10/20", "close 34", "Invalid open 100-0-20-15-0 10/20")]
    [InlineData("open 100-0-0-0-0 10/20", "close 9", "Invalid open 100-0-0-0-0 10/20")]
    [InlineData("open 100-50-0-0-0 10/20", "close 51", "Invalid open 100-50-0-0-0 10/20")]
    [InlineData("open 100-0-0-0-0 0/0", "close -1", "Invalid open 100-0-0-0-0 0/0")]
    [InlineData("closed 100-70-0-0-0 30/0 final", "close 30", "Repeat closed 100-70-0-0-0 30/0")]
    [InlineData("closed 100-70-0-0-0 30/0 final", "close 31", "Invalid closed 100-70-0-0-0 30/0")]
    [InlineData("suspended 100-70-0-0-0 30/0 final", "close 30", "Repeat suspended 100-70-0-0-0 30/0")]
    [InlineData("ended 100-0-0-0-100 30/0", "close 40", "Repeat ended 100-0-0-0-100 30/0")]
    // A journal that may have lost its newest records proves nothing undrawn.
    [InlineData("open 100-0-20-5-0 10/20", "close 40 incomplete", "Apply suspended 100-0-20-5-0 40/0 held>suspense:75")]
    [InlineData("open 100-0-20-5-0 30/20", "close 10 incomplete", "Apply suspended 100-0-20-5-0 30/0 held>suspense:75")]
    [InlineData("retired 100-50-20-5-0 30/20", "close 90 incomplete", "Apply suspended 100-50-20-5-0 50/0 held>suspense:25")]
    [InlineData("suspended 100-0-20-5-0 10/20", "close 40 incomplete", "Apply suspended 100-0-20-5-0 40/0")]
    [InlineData("open 100-70-30-0-0 30/0", "close 30 incomplete", "Apply ended 100-70-30-0-0 30/0")]
    [InlineData("suspended 100-0-20-5-0 40/0 incomplete", "close 40", "Repeat suspended 100-0-20-5-0 40/0")]
    [InlineData("suspended 100-0-20-5-0 40/0 incomplete", "close 40 incomplete", "Repeat suspended 100-0-20-5-0 40/0")]
    [InlineData("closed 100-70-0-0-0 30/0 final", "close 30 incomplete", "Repeat closed 100-70-0-0-0 30/0")]
    // Time.
    [InlineData("open 100-0-20-0-0 30/20", "expire", "Repeat open 100-0-20-0-0 30/20")]
    [InlineData("open 100-0-20-0-0 30/20", "expire due", "Apply suspended 100-0-20-0-0 30/20 held>suspense:80")]
    [InlineData("recalled 100-0-0-0-0 30/20", "expire due", "Apply suspended 100-0-0-0-0 30/20 held>suspense:100")]
    [InlineData("retired 100-50-0-0-0 30/20", "expire due", "Apply suspended 100-50-0-0-0 30/20 held>suspense:50")]
    [InlineData("retired 100-70-30-0-0 30/0", "expire due", "Apply ended 100-70-30-0-0 30/0")]
    [InlineData("closed 100-70-0-0-0 30/0 final", "expire due", "Apply suspended 100-70-0-0-0 30/0 held>suspense:30")]
    [InlineData("suspended 100-0-0-0-0 0/0", "expire due", "Repeat suspended 100-0-0-0-0 0/0")]
    [InlineData("ended 100-100-0-0-0 0/0", "expire due", "Repeat ended 100-100-0-0-0 0/0")]
    // An operator.
    [InlineData("suspended 100-10-20-5-0 30/0", "release", "Apply ended 100-10-20-5-65 30/0 suspense>available:65")]
    [InlineData("ended 100-10-20-5-65 30/0", "release", "Repeat ended 100-10-20-5-65 30/0")]
    [InlineData("ended 100-100-0-0-0 0/0", "release", "Ended ended 100-100-0-0-0 0/0")]
    [InlineData("open 100-0-0-0-0 0/0", "release", "Ended open 100-0-0-0-0 0/0")]
    [InlineData("closed 100-70-0-0-0 30/0 final", "release", "Ended closed 100-70-0-0-0 30/0")]
    // A usage record: cost, bound, available.
    [InlineData("open 100-0-0-0-0 0/20", "post 15 20 0", "Apply open 100-0-15-0-0 0/20 held>spent:15")]
    [InlineData("open 100-0-0-0-0 0/20", "post 0 20 0", "Apply open 100-0-0-0-0 0/20")]
    [InlineData("open 100-0-0-0-0 0/20", "post 25 20 900", "Apply open 100-0-20-0-0 0/20 held>spent:20 overage>spent:5")]
    [InlineData("open 100-0-90-0-0 90/0", "post 15 20 3", "Apply open 100-0-100-0-0 90/0 held>spent:10 available>spent:3 overage>spent:2")]
    [InlineData("retired 100-80-0-0-0 20/0", "post 20 20 0", "Apply retired 100-80-20-0-0 20/0 held>spent:20")]
    [InlineData("closed 100-70-10-0-0 30/0 final", "post 15 20 0", "Apply closed 100-70-25-0-0 30/0 held>spent:15")]
    [InlineData("closed 100-70-10-0-0 30/0 final", "post 20 20 0", "Apply ended 100-70-30-0-0 30/0 held>spent:20")]
    [InlineData("suspended 100-0-10-0-0 30/20", "post 20 20 0", "Apply suspended 100-0-30-0-0 30/20 suspense>spent:20")]
    [InlineData("suspended 100-80-0-0-0 20/0", "post 20 20 0", "Apply ended 100-80-20-0-0 20/0 suspense>spent:20")]
    public void A_lease_in_a_state_takes_an_input(string lease, string input, string expected)
    {
        var decision = LeaseDecision.Decide(Lease(lease), Input(input));
        Assert.Equal(expected, $"{decision.Verdict} {decision.Lease.Line()}{Text(decision.Moves)}");
        Assert.Equal(decision.Verdict == LeaseVerdict.Invalid, decision.Problem.Length > 0);
    }

    [Theory]
    // Usage | hold | lease → source and moves.
    [InlineData("leased 15", "none", "open 100-0-0-0-0 0/20", "Lease held>spent:15")]
    [InlineData("leased 25", "none", "open 100-0-0-0-0 0/20", "Lease held>spent:20 overage>spent:5")]
    [InlineData("leased 15", "none", "suspended 100-0-0-0-0 0/20", "Lease suspense>spent:15")]
    [InlineData("leased 15", "none", "ended 100-100-0-0-0 0/0", "AvailableUnexpected available>spent:15")]
    [InlineData("leased 15", "suspended 100", "open 100-0-0-100-0 0/0", "Hold suspense>spent:15 suspense>available:85")]
    [InlineData("leased 15", "sent 100", "open 100-0-0-0-0 0/0", "Hold held>spent:15 held>available:85")]
    [InlineData("leased 15", "released 0", "open 100-0-0-0-0 0/0", "AvailableUnexpected available>spent:15")]
    [InlineData("leased 15", "none", "none", "AvailableUnexpected available>spent:15")]
    [InlineData("leased 15 correction", "none", "open 100-0-0-0-0 0/20", "Lease held>spent:15")]
    [InlineData("leased 15 correction posted", "none", "open 100-0-0-0-0 0/20", "Available available>spent:15")]
    [InlineData("leased -15 correction posted", "none", "open 100-0-0-0-0 0/20", "Refund spent>available:15")]
    [InlineData("external 15", "none", "open 100-0-0-0-0 0/20", "Available available>spent:15")]
    public void A_usage_record_of_a_drawn_attempt_is_taken_from(string usage, string hold, string lease, string expected)
    {
        var words = usage.Split(' ');
        var item = new UsageMeteredItem(
            Guid.CreateVersion7(), Guid.CreateVersion7(), words[0], "a", "", "", "", "m", long.Parse(words[1]), "USD", 0, 0, false, default, default, null,
            words.Contains("correction") ? Guid.CreateVersion7() : null, Guid.CreateVersion7(), BoundNanos: 20);
        var wallet = new WalletAccounts("wal_a", "a", "A", "USD", 500, 0, 0, 1_000, 0, 0, 0);

        var decision = PostingDecision.Decide(
            item, hold == "none" ? null : HoldDecisionTests.Hold(hold), lease == "none" ? null : Lease(lease), wallet, words.Contains("posted"));

        Assert.Equal(expected, $"{decision.Source}{Text(decision.Moves)}");
    }

    internal static LeaseSnapshot Lease(string text)
    {
        var words = text.Split(' ');
        var totals = Array.ConvertAll(words[1].Split('-'), long.Parse);
        var told = Array.ConvertAll(words[2].Split('/'), long.Parse);
        var incomplete = words.Contains("incomplete");
        return new LeaseSnapshot(
            Guid.CreateVersion7(), "gateway-1", "wal_a", new LeaseSubject("a"), "wal_a", [], Enum.Parse<LeaseState>(words[0], ignoreCase: true), totals[0],
            totals[1], told[0], told[1], totals[2], totals[3], totals[4], words.Contains("final") || incomplete, incomplete, "", null, Now, Now);
    }

    private static LeaseInput Input(string text)
    {
        var words = text.Split(' ');
        long Number(int index) => long.Parse(words[index]);
        return words[0] switch
        {
            "report" => new LeaseInput.Report(Number(1), Number(2), Number(3), words.Contains("retired"), Now),
            "suspend" => new LeaseInput.SuspendDraw(Number(1)),
            "close" => new LeaseInput.Close(Number(1), words.Contains("incomplete"), Now),
            "expire" => new LeaseInput.Expire(words.Contains("due") ? Now : Now.AddMicroseconds(-1)),
            "release" => new LeaseInput.Release(),
            _ => new LeaseInput.Post(Number(1), Number(2), Number(3)),
        };
    }

    private static string Text(IEnumerable<Move> moves) => string.Concat(moves.Where(move => move.Amount > 0).Select(move =>
        $" {move.From.ToString().ToLowerInvariant()}>{move.To.ToString().ToLowerInvariant()}:{move.Amount}"));
}

internal static class LeaseText
{
    /// <summary>"state granted-returned-posted-suspended-released drawn/open".</summary>
    public static string Line(this LeaseSnapshot lease) =>
        $"{lease.State.ToString().ToLowerInvariant()} {lease.Granted}-{lease.Returned}-{lease.Posted}-{lease.Suspended}-{lease.Released} {lease.Drawn}/{lease.Open}";
}
