using Platform.ServiceDefaults.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Platform.Postgres;

/// <summary>
/// Whether the broker takes an event at all. It answers one that is larger than it takes by closing the channel, of which the bus says nothing: it waits for the confirm of all that went over the channel, and
/// none comes, however often they are sent.
/// </summary>
/// <param name="broker">AMQP URI with user and password.</param>
internal sealed class BrokerRefusal(string broker, TimeProvider time)
{
    /// <summary>No queue has this name: what is sent there is judged, confirmed and dropped.</summary>
    private const string Nowhere = "kt-nowhere";

    /// <summary>More than the bus writes around an event.</summary>
    private const int EnvelopeBytes = 16 * 1024;

    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(15);

    /// <summary>The broker's words of refusal; null where it takes the event, or does not say.</summary>
    /// <param name="bytes">Of the event as it is written.</param>
    public async Task<string?> FindAsync(int bytes, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConfirmLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await using var connection = await BrokerConnection.OpenAsync(broker, "refused event", time, either.Token);
            await using var channel = await connection.CreateChannelAsync(
                new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), either.Token);
            await channel.BasicPublishAsync("", Nowhere, mandatory: false, new BasicProperties(), new byte[bytes + EnvelopeBytes], either.Token);
            return null;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.PreconditionFailed)
        {
            return exception.ShutdownReason.ReplyText;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException)
        {
            // It is away, then, and says nothing of any event; why the event did not go is told by whoever asks.
            return null;
        }
    }
}
