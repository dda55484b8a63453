using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Metering.DeniedDemand;

internal sealed class DemandDeniedConsumer(RecordDeniedDemand record) : IConsumer<DemandDenied>
{
    public Task Consume(ConsumeContext<DemandDenied> context) => record.RunAsync(context.Message, context.CancellationToken);
}
