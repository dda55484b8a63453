namespace Platform.Contracts.Events;

/// <summary>
/// A refusal stands in Metering's book, under the workload that the rules gave it: <see cref="DemandDenied"/> as usage of the same call would have been filed. Published by Metering
/// in the transaction that keeps it, for whoever sets refusals beside spend.
/// </summary>
/// <param name="AttemptId">The refused attempt; also the event's identity.</param>
/// <param name="Workload">The caller's, else that of the first rule that takes it; empty where none does.</param>
/// <param name="Reason">One of <see cref="Reasons"/>.</param>
/// <param name="EstimatedCostNanos">The upper bound that was asked for, in nano-units.</param>
public sealed record DemandRecorded(
    Guid AttemptId, string TeamId, string Workload, string Lane, string Reason, long EstimatedCostNanos, string Currency, DateTimeOffset OccurredAt)
{
    public static DemandRecorded Of(DemandDenied denied) => new(
        denied.AttemptId, denied.TeamId, denied.Workload, denied.Lane, denied.Reason, denied.EstimatedCostNanos, denied.Currency, denied.OccurredAt);
}
