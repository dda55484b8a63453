using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Metering.Alerts;

/// <summary>Takes every event that people must hear of.</summary>
internal sealed class AlertConsumer(RaiseAlert raise)
    : IConsumer<WalletLow>, IConsumer<WalletExhausted>, IConsumer<WalletOverdrawn>, IConsumer<LeaseSuspended>, IConsumer<LedgerInconsistent>,
        IConsumer<BudgetThresholdCrossed>, IConsumer<SpendRateUnusual>, IConsumer<ProviderMisconfigured>, IConsumer<PolicyUnusable>, IConsumer<BatchCompleted>,
        IConsumer<MessagesDead>, IConsumer<UsageUnshipped>, IConsumer<UsageRefused>, IConsumer<ExportFailed>, IConsumer<ExportIncomplete>
{
    public Task Consume(ConsumeContext<WalletLow> context) => RaiseAsync(AlertOf.WalletLow(context.Message), context);

    public Task Consume(ConsumeContext<WalletExhausted> context) => RaiseAsync(AlertOf.WalletExhausted(context.Message), context);

    public Task Consume(ConsumeContext<WalletOverdrawn> context) => RaiseAsync(AlertOf.WalletOverdrawn(context.Message), context);

    public Task Consume(ConsumeContext<LeaseSuspended> context) => RaiseAsync(AlertOf.LeaseSuspended(context.Message), context);

    public Task Consume(ConsumeContext<LedgerInconsistent> context) => RaiseAsync(AlertOf.LedgerInconsistent(context.Message), context);

    public Task Consume(ConsumeContext<BudgetThresholdCrossed> context) => RaiseAsync(AlertOfBudget.ThresholdCrossed(context.Message), context);

    public Task Consume(ConsumeContext<SpendRateUnusual> context) => RaiseAsync(AlertOfBudget.RateUnusual(context.Message), context);

    public Task Consume(ConsumeContext<ProviderMisconfigured> context) => RaiseAsync(AlertOf.ProviderMisconfigured(context.Message), context);

    public Task Consume(ConsumeContext<PolicyUnusable> context) => RaiseAsync(AlertOf.PolicyUnusable(context.Message), context);

    public Task Consume(ConsumeContext<BatchCompleted> context) => RaiseAsync(AlertOf.BatchCompleted(context.Message), context);

    public Task Consume(ConsumeContext<MessagesDead> context) => RaiseAsync(AlertOfUndelivered.MessagesDead(context.Message), context);

    public Task Consume(ConsumeContext<UsageUnshipped> context) => RaiseAsync(AlertOfUndelivered.UsageUnshipped(context.Message), context);

    public Task Consume(ConsumeContext<UsageRefused> context) => RaiseAsync(AlertOfUndelivered.UsageRefused(context.Message), context);

    public Task Consume(ConsumeContext<ExportFailed> context) => RaiseAsync(AlertOfExport.Failed(context.Message), context);

    public Task Consume(ConsumeContext<ExportIncomplete> context) => RaiseAsync(AlertOfExport.Incomplete(context.Message), context);

    private Task<bool> RaiseAsync(AlertRow alert, ConsumeContext context) => raise.FromMessageAsync(alert, context.CancellationToken);
}
