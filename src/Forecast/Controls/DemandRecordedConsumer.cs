using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Forecast.Controls;

/// <summary>Takes refusals into the series, under the workload that spend has: demand that spend does not show.</summary>
internal sealed class DemandRecordedConsumer(DeniedDemandStore store, TimeProvider time) : IConsumer<DemandRecorded>
{
    public Task Consume(ConsumeContext<DemandRecorded> context) => store.AddAsync(context.Message, time.GetUtcNow(), context.CancellationToken);
}
