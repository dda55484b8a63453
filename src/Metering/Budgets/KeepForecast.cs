using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;

namespace Platform.Metering.Budgets;

/// <summary>Keeps the newest forecast of each scope, however often and in whatever order they are delivered, and has the budgets that rest on it judged.</summary>
internal sealed class KeepForecast(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <returns>False when it was known.</returns>
    public async Task<bool> RunAsync(ForecastPublished published, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await Inbox.TryEnterAsync(transaction, Queues.MeteringForecastPublished, published.MessageId, time.GetUtcNow(), cancellationToken))
        {
            return false;
        }

        foreach (var scope in published.Scopes.OrderBy(scope => scope.TeamId, StringComparer.Ordinal).ThenBy(scope => scope.BudgetId, StringComparer.Ordinal))
        {
            await ForecastStore.WriteAsync(transaction, scope, published.AsOf.TruncateToMicroseconds(), cancellationToken);
        }

        await ForecastStore.SetDueAsync(transaction, published.Scopes, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}

internal sealed class ForecastPublishedConsumer(KeepForecast keep) : IConsumer<ForecastPublished>
{
    public Task Consume(ConsumeContext<ForecastPublished> context) => keep.RunAsync(context.Message, context.CancellationToken);
}
