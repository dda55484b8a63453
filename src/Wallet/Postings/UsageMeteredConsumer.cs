using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Wallet.Postings;

/// <summary>Receives rated usage from Metering.</summary>
internal sealed class UsageMeteredConsumer(PostUsage post) : IConsumer<UsageMetered>
{
    public Task Consume(ConsumeContext<UsageMetered> context) => post.RunAsync(context.Message, context.CancellationToken);
}
