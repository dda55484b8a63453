using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Holds;

namespace Platform.Wallet.Tests;

/// <summary>Each line: state (held of bound 100, reported) | input → verdict, state afterwards, held, moves.</summary>
public sealed class HoldDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("pending 100", "sent", "Apply sent 100")]
    [InlineData("sent 100", "sent", "Repeat sent 100")]
    [InlineData("reported 40", "sent", "Repeat reported 40")]
    [InlineData("suspended 100", "sent", "Repeat suspended 100")]
    [InlineData("posted 0", "sent", "Repeat posted 0")]
    [InlineData("released 0", "sent", "Ended released 0")]
    [InlineData("expired 0", "sent", "Ended expired 0")]
    [InlineData("sent 100", "report 40", "Apply reported 40 held>available:60")]
    [InlineData("pending 100", "report 40", "Apply reported 40 held>available:60")]
    [InlineData("sent 100", "report 0", "Apply reported 0 held>available:100")]
    [InlineData("sent 100", "report 100", "Apply reported 100")]
    [InlineData("sent 100", "report 140", "Apply reported 100")]
    [InlineData("suspended 100", "report 40", "Apply suspended 40 suspense>available:60")]
    [InlineData("reported 40", "report 40", "Repeat reported 40")]
    [InlineData("reported 40", "report 41", "Ended reported 40")]
    [InlineData("posted 0", "report 40", "Repeat posted 0")]
    [InlineData("released 0", "report 40", "Ended released 0")]
    [InlineData("expired 0", "report 40", "Ended expired 0")]
    [InlineData("pending 100", "release", "Apply released 0 held>available:100")]
    [InlineData("sent 100", "release", "Apply released 0 held>available:100")]
    [InlineData("suspended 100", "release", "Apply released 0 suspense>available:100")]
    [InlineData("reported 40", "release", "Ended reported 40")]
    [InlineData("posted 0", "release", "Ended posted 0")]
    [InlineData("released 0", "release", "Repeat released 0")]
    [InlineData("expired 0", "release", "Ended expired 0")]
    [InlineData("pending 100", "suspend", "Apply suspended 100 held>suspense:100")]
    [InlineData("sent 100", "suspend", "Apply suspended 100 held>suspense:100")]
    [InlineData("suspended 100", "suspend", "Repeat suspended 100")]
    [InlineData("reported 40", "suspend", "Apply suspended 40 held>suspense:40")]
    [InlineData("posted 0", "suspend", "Ended posted 0")]
    [InlineData("released 0", "suspend", "Ended released 0")]
    [InlineData("pending 100 due", "expire", "Apply expired 0 held>available:100")]
    [InlineData("pending 100", "expire", "Repeat pending 100")]
    [InlineData("sent 100 due", "expire", "Apply suspended 100 held>suspense:100")]
    [InlineData("sent 100", "expire", "Repeat sent 100")]
    [InlineData("reported 40 due", "expire", "Repeat reported 40")]
    [InlineData("suspended 100 due", "expire", "Repeat suspended 100")]
    [InlineData("suspended 100", "give back", "Apply released 0 suspense>available:100")]
    [InlineData("sent 100", "give back", "Ended sent 100")]
    [InlineData("reported 40", "give back", "Ended reported 40")]
    [InlineData("posted 0", "give back", "Ended posted 0")]
    [InlineData("released 0", "give back", "Repeat released 0")]
    public void A_hold_in_a_state_takes_an_input(string state, string input, string expected)
    {
        var decision = HoldDecision.Decide(Hold(state), Input(input), Now);
        var moves = decision.Moves.Where(move => move.Amount > 0).Select(move => $" {move.From.ToString().ToLowerInvariant()}>{move.To.ToString().ToLowerInvariant()}:{move.Amount}");
        Assert.Equal(expected, $"{decision.Verdict} {decision.Hold!.State.ToString().ToLowerInvariant()} {decision.Hold.Held}{string.Concat(moves)}");
    }

    [Fact]
    public void A_hold_that_was_never_made_is_not_found() =>
        Assert.Equal(HoldVerdict.NotFound, HoldDecision.Decide(null, new HoldInput.MarkSent(TimeSpan.FromMinutes(15)), Now).Verdict);

    internal static HoldSnapshot Hold(string text)
    {
        var words = text.Split(' ');
        var state = Enum.Parse<HoldState>(words[0], ignoreCase: true);
        var held = long.Parse(words[1]);
        var at = words.Length > 2 ? Now : Now.AddSeconds(1);
        return new HoldSnapshot(
            Guid.CreateVersion7(), "wal_a", 100, held, state, state == HoldState.Reported ? held : null, "", at, at.AddMinutes(-15), Now);
    }

    private static HoldInput Input(string text)
    {
        var words = text.Split(' ');
        return words[0] switch
        {
            "sent" => new HoldInput.MarkSent(TimeSpan.FromMinutes(15)),
            "report" => new HoldInput.Report(long.Parse(words[1])),
            "release" => new HoldInput.Release("not sent"),
            "give" => new HoldInput.GiveBack("not billed"),
            "suspend" => new HoldInput.Suspend("cut"),
            _ => new HoldInput.Expire(),
        };
    }
}
