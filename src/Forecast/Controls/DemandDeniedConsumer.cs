using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Forecast.Controls;

/// <summary>Takes what earlier versions left in their queue (<see cref="Queues.Unbound"/>), under the workload that the caller named: which a rule would have given is not known here. What was only delayed is spend.</summary>
internal sealed class DemandDeniedConsumer(DeniedDemandStore store, TimeProvider time) : IConsumer<DemandDenied>
{
    public Task Consume(ConsumeContext<DemandDenied> context) => context.Message.DelayedMs > 0
        ? Task.CompletedTask
        : store.AddAsync(DemandRecorded.Of(context.Message), time.GetUtcNow(), context.CancellationToken);
}
