using Grpc.Core;
using Platform.AppHost;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Platform.IntegrationTests.Torture;

/// <summary>
/// Tells everything again: metered events are delivered twice, some at once and some when the run is over; usage that Metering has is recorded again as it
/// was, and again as if another teller had seen the same attempt, which must be refused.
/// </summary>
internal sealed class Repeater(RunningPlatform platform, Usage.UsageClient usage, Random random)
{
    private const int EventsATime = 50;
    private static readonly TimeSpan RecordInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MessageInterval = TimeSpan.FromMilliseconds(50);

    private readonly List<string> _violations = [];
    private readonly List<BasicGetResult> _late = [];

    public int Redelivered { get; private set; }

    public int RecordedAgain { get; private set; }

    public IReadOnlyList<string> Violations => _violations;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(RedeliverAsync(stop), RecordAgainAsync(stop));

    private async Task RedeliverAsync(CancellationToken stop)
    {
        await using var connection = await ConnectAsync(new ConnectionFactory { Uri = new Uri(await platform.ConnectionStringAsync(ResourceNames.Messaging)) });
        await using var channel = await connection.CreateChannelAsync(cancellationToken: CancellationToken.None);
        var tap = (await channel.QueueDeclareAsync(cancellationToken: CancellationToken.None)).QueueName;
        await channel.QueueBindAsync(tap, $"{typeof(UsageMetered).Namespace}:{nameof(UsageMetered)}", "", cancellationToken: CancellationToken.None);
        while (!stop.IsCancellationRequested)
        {
            while (await channel.BasicGetAsync(tap, autoAck: true, CancellationToken.None) is { } message)
            {
                await (random.Next(3) == 0 ? RedeliverAsync(channel, message) : Task.CompletedTask);
                if (random.Next(5) == 0)
                {
                    _late.Add(message);
                }
            }

            await Task.Delay(MessageInterval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (var message in _late)
        {
            await RedeliverAsync(channel, message);
        }
    }

    /// <summary>The broker hangs up on who takes ten seconds to introduce himself, which happens where three replicas of everything start beside.</summary>
    private static async Task<IConnection> ConnectAsync(ConnectionFactory factory)
    {
        IConnection? connection = null;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    connection = await factory.CreateConnectionAsync(CancellationToken.None);
                    return true;
                }
                catch (BrokerUnreachableException)
                {
                    return false;
                }
            },
            TimeSpan.FromMinutes(3), "the broker to let somebody in who repeats messages");
        return connection!;
    }

    private async Task RedeliverAsync(IChannel channel, BasicGetResult message)
    {
        foreach (var queue in new[] { Queues.WalletUsageMetered, Queues.ForecastUsageMetered })
        {
            await channel.BasicPublishAsync(queue, "", mandatory: true, new BasicProperties(message.BasicProperties), message.Body, CancellationToken.None);
            Redelivered++;
        }
    }

    private async Task RecordAgainAsync(CancellationToken stop)
    {
        var from = TimeProvider.System.GetUtcNow();
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(RecordInterval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                var known = await ReadAsync(from, stop);
                random.Shuffle(known);
                await RecordAgainAsync(known.AsSpan(0, Math.Min(EventsATime, known.Length)).ToArray(), stop);
            }
            catch (Exception exception) when (exception is OperationCanceledException or RpcException { StatusCode: not StatusCode.PermissionDenied })
            {
                // Metering's replicas are among those that die.
            }
        }
    }

    private async Task<UsageEvent[]> ReadAsync(DateTimeOffset from, CancellationToken stop)
    {
        using var stream = usage.StreamUsage(
            new StreamUsageRequest { OccurredFrom = from.ToTimestampUtc(), RecordedUntil = TimeProvider.System.GetUtcNow().ToTimestampUtc() }, TortureRun.Token,
            cancellationToken: stop);
        var known = new List<UsageEvent>();
        while (await stream.ResponseStream.MoveNext(stop))
        {
            var seen = stream.ResponseStream.Current.Event;
            if (seen.Funding == Funding.Leased)
            {
                known.Add(seen);
            }
        }

        return [.. known];
    }

    private async Task RecordAgainAsync(UsageEvent[] known, CancellationToken stop)
    {
        var same = await usage.RecordAsync(new RecordRequest { Events = { known } }, TortureRun.GatewayToken, cancellationToken: stop);
        RecordedAgain += known.Length;
        _violations.AddRange(same.Results.Where(result => result.Outcome != RecordOutcome.Duplicate).Select(result => $"a repeat was {result}"));

        var others = known.Select(seen => new UsageEvent(seen) { Source = "other-teller" });
        var other = await usage.RecordAsync(new RecordRequest { Events = { others } }, TortureRun.GatewayToken, cancellationToken: stop);
        _violations.AddRange(other.Results.Where(result => result.Outcome != RecordOutcome.Invalid).Select(result => $"a second teller's record was {result}"));
    }
}
