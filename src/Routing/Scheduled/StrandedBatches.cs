using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Scheduled;

/// <summary>Batches that no window will open for: no mistake in a document, for a later one may give their lane windows again, but until then they wait for ever, with their requests in the database. Pure.</summary>
internal static class StrandedBatches
{
    /// <summary>A sentence for each lane, with what to do.</summary>
    /// <param name="open">How many batches have not ended, by lane.</param>
    public static IEnumerable<string> Of(RoutePolicy policy, IReadOnlyDictionary<string, int> open)
    {
        var windows = policy.Lanes.ToDictionary(lane => lane.Name, lane => lane.Windows.Count, StringComparer.Ordinal);
        return open.Where(lane => windows.GetValueOrDefault(lane.Key) == 0).OrderBy(lane => lane.Key, StringComparer.Ordinal).Select(lane =>
            $"{(lane.Value == 1 ? "1 batch waits" : $"{lane.Value} batches wait")} in the lane '{lane.Key}', which {(windows.ContainsKey(lane.Key) ? "has no windows" : "is not there")}: nothing of "
                + "what waits runs until the policy has the lane with windows. Keep it until they have ended, or have their teams cancel them (kt batches cancel).");
    }
}
