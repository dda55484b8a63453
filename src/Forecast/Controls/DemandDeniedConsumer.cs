using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Forecast.Controls;

/// <summary>Takes refusals into the series: demand that spend does not show.</summary>
internal sealed class DemandDeniedConsumer(DeniedDemandStore store, TimeProvider time) : IConsumer<DemandDenied>
{
    public Task Consume(ConsumeContext<DemandDenied> context) => store.AddAsync(context.Message, time.GetUtcNow(), context.CancellationToken);
}
