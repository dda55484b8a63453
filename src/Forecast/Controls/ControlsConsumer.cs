using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Forecast.Controls;

/// <summary>Takes every change of what governs spend: the moments at which an effect may begin.</summary>
internal sealed class ControlsConsumer(ControlStore store, TimeProvider time)
    : IConsumer<AllocationChanged>, IConsumer<BudgetChanged>, IConsumer<PolicyChanged>, IConsumer<CapChanged>, IConsumer<FreezeChanged>, IConsumer<WalletPolicyChanged>
{
    public Task Consume(ConsumeContext<AllocationChanged> context) => AddAsync(ControlEvent.Of(context.Message), context);

    public Task Consume(ConsumeContext<BudgetChanged> context) => AddAsync(ControlEvent.Of(context.Message), context);

    public Task Consume(ConsumeContext<PolicyChanged> context) => AddAsync(ControlEvent.Of(context.Message), context);

    public Task Consume(ConsumeContext<CapChanged> context) => AddAsync(ControlEvent.Of(context.Message), context);

    public Task Consume(ConsumeContext<FreezeChanged> context) => AddAsync(ControlEvent.Of(context.Message), context);

    public Task Consume(ConsumeContext<WalletPolicyChanged> context) => AddAsync(ControlEvent.Of(context.Message), context);

    private Task AddAsync(ControlEvent change, ConsumeContext context) => store.AddAsync(change, time.GetUtcNow(), context.CancellationToken);
}
