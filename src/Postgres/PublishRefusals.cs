using System.Collections.Concurrent;
using MassTransit;

namespace Platform.Postgres;

/// <summary>
/// Ends publishes that the broker refuses, as it does for a queue that is full. The bus takes a refusal for a fault of its connection and sends again and again, until whoever asked it gives up; of the refusal it tells only
/// those who watch each sending. For any number of threads.
/// </summary>
internal sealed class PublishRefusals : IPublishObserver
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _watched = new();

    /// <summary>Publishes one event.</summary>
    /// <param name="publish">Is cancelled when the broker refuses it.</param>
    /// <returns>False when it was refused.</returns>
    public async Task<bool> TryAsync(Guid messageId, Func<CancellationToken, Task> publish, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // Its refusal is told on a thread of the bus, which must not go on with what follows here.
        var refusal = _watched[messageId] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var publishing = publish(end.Token);
            if (await Task.WhenAny(publishing, refusal.Task) == publishing)
            {
                await publishing;
                return true;
            }

            await end.CancelAsync();
            await publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return publishing.IsCompletedSuccessfully;
        }
        finally
        {
            _watched.TryRemove(messageId, out _);
        }
    }

    public Task PrePublish<T>(PublishContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PostPublish<T>(PublishContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PublishFault<T>(PublishContext<T> context, Exception exception)
        where T : class
    {
        if (IsRefusal(exception) && context.MessageId is { } messageId && _watched.TryGetValue(messageId, out var refusal))
        {
            refusal.TrySetResult();
        }

        return Task.CompletedTask;
    }

    private static bool IsRefusal(Exception? exception) => exception is RabbitMQ.Client.Exceptions.PublishException { IsReturn: false } or MessageNotAcknowledgedException || (exception is not null && IsRefusal(exception.InnerException));
}
