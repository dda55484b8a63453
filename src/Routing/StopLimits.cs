namespace Platform.Routing;

/// <summary>How long what ends after a gateway's calls may take. The host's own time is no measure for it: calls may have used all of that.</summary>
internal static class StopLimits
{
    /// <summary>Of each part: items and slices that go back, refusals, ends of holds and usage that are told. AppHost/StopTimes.cs leaves time for all of them, one after the other.</summary>
    public static readonly TimeSpan Each = TimeSpan.FromSeconds(2);
}
