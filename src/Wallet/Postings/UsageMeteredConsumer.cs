using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Wallet.Postings;

/// <summary>Receives rated usage from Metering, and what an operator has it tell once more.</summary>
internal sealed class UsageMeteredConsumer(PostUsage post) : IConsumer<UsageMetered>, IConsumer<UsageRepublished>
{
    public Task Consume(ConsumeContext<UsageMetered> context) => post.RunAsync(context.Message, context.CancellationToken);

    public Task Consume(ConsumeContext<UsageRepublished> context) => post.RunAsync(context.Message.Usage, context.CancellationToken);
}
