using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Platform.ServiceDefaults.Messaging;

/// <summary>Connections to the broker beside the bus's own.</summary>
public static class BrokerConnection
{
    /// <summary>How long the broker may take over an answer, and over putting a connection away: it has nothing of weight to do for either.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A connection that is not opened again by itself when it ends. A broker that stands still takes connections and greets nobody, and its client has no limit of its own for that.
    /// </summary>
    /// <param name="address">AMQP URI with user and password.</param>
    /// <param name="name">What the connection is for, as the broker shows it.</param>
    /// <exception cref="BrokerUnreachableException">There is no broker, or it does not answer within <see cref="AnswerLimit"/>.</exception>
    public static async Task<IConnection> OpenAsync(string address, string name, TimeProvider time, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory { Uri = new Uri(address), ClientProvidedName = name, AutomaticRecoveryEnabled = false, ContinuationTimeout = AnswerLimit };
        using var limit = new CancellationTokenSource(AnswerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await factory.CreateConnectionAsync(either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokerUnreachableException(new TimeoutException($"The broker has not answered within {AnswerLimit.TotalSeconds:0} s.", exception));
        }
    }

    /// <summary>Whether the broker refuses the user or its password, as it does while they are changed there and not yet here. False also where it cannot be asked.</summary>
    /// <param name="address">AMQP URI with user and password.</param>
    internal static async Task<bool> IsLockedOutAsync(string address, TimeProvider time)
    {
        try
        {
            await using var connection = await OpenAsync(address, "password", time, CancellationToken.None);
            return false;
        }
        catch (Exception exception) when (exception is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException)
        {
            return exception.GetBaseException() is AuthenticationFailureException;
        }
    }
}
