using MassTransit;

namespace Platform.Postgres.DeadMessages;

/// <summary>
/// Knows whether the bus of this process may have moved a message to an error queue of late: only then can there be one that was not there before. To ask the broker for a queue that there is not ends the channel and
/// writes two lines of error into its log. For any number of threads.
/// </summary>
internal sealed class FailedReceives(TimeProvider time) : IReceiveObserver
{
    /// <summary>Above the longest pause between two tries of a message, after the last of which it is moved at once.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    private const long Never = long.MinValue;

    private long _lastAt = Never;

    /// <summary>Whether a message failed, or found no consumer, within <see cref="Recent"/>.</summary>
    public bool AreRecent => Volatile.Read(ref _lastAt) is not Never and var last && time.GetElapsedTime(last) < Recent;

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => context.IsDelivered ? Task.CompletedTask : Note();

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Note();

    public Task ReceiveFault(ReceiveContext context, Exception exception) => Note();

    private Task Note()
    {
        Volatile.Write(ref _lastAt, time.GetTimestamp());
        return Task.CompletedTask;
    }
}
