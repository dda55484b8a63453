namespace Platform.Routing.Limits;

/// <summary>A replica's part of a limit of parallel requests.</summary>
/// <param name="Held">What it may be using.</param>
/// <param name="Wanted">What it used and waited for when it was heard of last.</param>
internal sealed record SlotHolder(Guid Replica, long Held, long Wanted, DateTimeOffset HeardAt);

/// <param name="Pledged">What it may be using until it has the answer; at least what is under way.</param>
/// <param name="Wanted">Calls that are under way and that wait.</param>
/// <param name="Ahead">What it would like beside.</param>
internal sealed record SlotAsk(GaugeSpec Spec, Guid Replica, long Pledged, long Wanted, long Ahead);

/// <param name="Allowed">How many calls may be under way there; below what is under way means: begin none until then.</param>
/// <param name="Life">For how long, from before the asking.</param>
/// <param name="Remaining">Of the limit, held by nobody.</param>
internal sealed record SlotAnswer(long Allowed, TimeSpan Life, long Remaining);

/// <summary>
/// Decides how many parallel requests a replica may have. Pure: under the row's lock, by the database's clock. Where all want more than there is, each gets
/// its fair share as calls end; who is silent for too long, killed or cut off, holds nothing.
/// </summary>
internal static class SlotDecision
{
    /// <summary>A replica begins no call on an answer that is older.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(4);

    /// <summary>After so much silence its slots are free: longer than the life, so that it has stopped by then.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private const int AheadShare = 8;

    /// <summary>Of the limit, what no other replica holds that is heard of.</summary>
    public static long Free(IReadOnlyCollection<SlotHolder> holders, SlotAsk ask, DateTimeOffset now) => Math.Max(0, ask.Spec.Limit - Others(holders, ask, now).Sum(holder => holder.Held));

    /// <summary>The holder as it is to be kept, and the answer.</summary>
    /// <param name="holders">All that are known, this one included.</param>
    public static (SlotHolder Holder, SlotAnswer Answer) Decide(IReadOnlyCollection<SlotHolder> holders, SlotAsk ask, DateTimeOffset now)
    {
        var others = Others(holders, ask, now);
        var mine = new SlotHolder(ask.Replica, 0, ask.Wanted, now);
        var free = Free(holders, ask, now);
        var allowed = Math.Min(FairShare([.. others, mine], mine, ask.Spec.Limit, now), free);
        var spare = (free - allowed) / AheadShare;
        if (allowed == mine.Wanted)
        {
            allowed += Math.Min(ask.Ahead, spare);
        }

        var held = Math.Max(ask.Pledged, allowed);
        return (mine with { Held = held }, new SlotAnswer(allowed, Life, Math.Max(0, free - held)));
    }

    private static List<SlotHolder> Others(IReadOnlyCollection<SlotHolder> holders, SlotAsk ask, DateTimeOffset now) =>
        [.. holders.Where(holder => holder.Replica != ask.Replica && now - holder.HeardAt < Silence)];

    /// <summary>
    /// Max-min fairness: who wants less than an equal part gets it, the others divide the rest. What cannot be divided goes to each in turn, a second each.
    /// </summary>
    private static long FairShare(List<SlotHolder> holders, SlotHolder mine, long limit, DateTimeOffset now)
    {
        var left = limit;
        holders.Sort((one, other) => one.Wanted.CompareTo(other.Wanted));
        for (var i = 0; i < holders.Count; i++)
        {
            var part = left / (holders.Count - i);
            if (holders[i].Wanted > part)
            {
                return part + (HasTurn([.. holders.Skip(i)], mine, left % (holders.Count - i), now) ? 1 : 0);
            }

            if (holders[i] == mine)
            {
                return mine.Wanted;
            }

            left -= holders[i].Wanted;
        }

        return mine.Wanted;
    }

    private static bool HasTurn(List<SlotHolder> pressed, SlotHolder mine, long rest, DateTimeOffset now)
    {
        pressed.Sort((one, other) => one.Replica.CompareTo(other.Replica));
        var turn = (pressed.IndexOf(mine) + (now.UtcTicks / TimeSpan.TicksPerSecond)) % pressed.Count;
        return turn < rest;
    }
}
