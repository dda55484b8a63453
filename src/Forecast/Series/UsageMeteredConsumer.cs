using MassTransit;
using Platform.Contracts.Events;

namespace Platform.Forecast.Series;

/// <summary>Takes metered usage, of all funding classes, into the series: history never touched a wallet, but it is demand all the same.</summary>
internal sealed class UsageMeteredConsumer(UsageSeriesStore store, TimeProvider time) : IConsumer<UsageMetered>
{
    public Task Consume(ConsumeContext<UsageMetered> context) => store.AddAsync(context.Message, time.GetUtcNow(), context.CancellationToken);
}
