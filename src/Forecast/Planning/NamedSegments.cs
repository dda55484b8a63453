using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

/// <summary>The segments that a plan item is of: those of its team that have what it names. What it leaves empty it does not know, and any segment has it.</summary>
internal readonly record struct NamedSegments(string TeamId, string Workload, string Lane)
{
    /// <summary>How much is named beside the team: 0 to 2.</summary>
    public int Parts => (Workload.Length > 0 ? 1 : 0) + (Lane.Length > 0 ? 1 : 0);

    public bool Take(SegmentKey segment) => TeamId == segment.TeamId && SegmentKey.Fits(Workload, segment.Workload) && SegmentKey.Fits(Lane, segment.Lane);

    /// <summary>Whatever the other takes, this takes too.</summary>
    public bool Cover(NamedSegments other) => Take(new SegmentKey(other.TeamId, other.Workload, other.Lane));

    /// <summary>There may be a segment that both take.</summary>
    public bool Meet(NamedSegments other) => TeamId == other.TeamId && Agree(Workload, other.Workload) && Agree(Lane, other.Lane);

    private static bool Agree(string left, string right) => SegmentKey.Fits(left, right) || SegmentKey.Fits(right, left);
}
