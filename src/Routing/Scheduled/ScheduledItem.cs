namespace Platform.Routing.Scheduled;

/// <summary>Which item of a batch a call runs, and for which time.</summary>
/// <param name="RunId">Of the batch's one run, see <see cref="DerivedIds.AttemptOf"/>.</param>
/// <param name="Try">From 1.</param>
/// <param name="WaitsFor">It, or its batch.</param>
/// <param name="LimitedSince">Since when a rate limit holds it back, which is not told yet; null: none does.</param>
internal sealed record ScheduledItem(Guid RunId, int Position, int Try, WorkWait WaitsFor, DateTimeOffset? LimitedSince = null)
{
    public Guid AttemptId(int number) => DerivedIds.AttemptOf(RunId, Position, Try, number);
}
