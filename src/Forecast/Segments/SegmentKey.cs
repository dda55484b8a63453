namespace Platform.Forecast.Segments;

/// <summary>What is forecast by itself: one kind of work of one team in one lane. Any part may be empty, and is then what usage did not say.</summary>
internal readonly record struct SegmentKey(string TeamId, string Workload, string Lane) : IComparable<SegmentKey>
{
    /// <summary>As people read it, without the team.</summary>
    public string Name => $"{(Workload.Length > 0 ? Workload : "no workload")} / {(Lane.Length > 0 ? Lane : "no lane")}";

    /// <summary>Names it in every process alike: what its paths are drawn from.</summary>
    public string SeedName => $"{TeamId}\n{Workload}\n{Lane}";

    /// <summary>Whether what somebody named is what a segment has; what they left empty is whatever it has.</summary>
    public static bool Fits(string named, string has) => named.Length == 0 || named == has;

    public int CompareTo(SegmentKey other)
    {
        var team = string.CompareOrdinal(TeamId, other.TeamId);
        var workload = team != 0 ? team : string.CompareOrdinal(Workload, other.Workload);
        return workload != 0 ? workload : string.CompareOrdinal(Lane, other.Lane);
    }
}
