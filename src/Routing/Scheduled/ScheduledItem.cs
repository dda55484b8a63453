namespace Platform.Routing.Scheduled;

/// <summary>Which item of a batch a call runs, and for which time.</summary>
/// <param name="Try">From 1.</param>
internal sealed record ScheduledItem(Guid BatchId, int Position, int Try)
{
    public Guid AttemptId(int number) => DerivedIds.AttemptOf(BatchId, Position, Try, number);
}
