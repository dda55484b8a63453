using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Benchmarks.Metering;

/// <param name="PerSecond">Events answered a second.</param>
/// <param name="BatchMilliseconds">Of each batch, from sending to the answer.</param>
/// <param name="VisibleMilliseconds">Of each marker, from its answer to its first sight in the sums.</param>
internal sealed record IntakeRun(double PerSecond, double[] BatchMilliseconds, double[] VisibleMilliseconds, double MemoryAtAThirdMiB, double MemoryAtTheEndMiB)
{
    public static double Percentile(double[] values, double percentile) =>
        values.Length == 0 ? double.NaN : values.Order().ElementAt((int)Math.Ceiling(percentile * values.Length) - 1);
}

/// <summary>Sends batches, several in flight, and looks at the same time how soon a single event is seen in the sums.</summary>
internal sealed class IntakeLoad(RunningMetering metering, DateTimeOffset start)
{
    private const int InFlight = 24;
    private static readonly TimeSpan MarkerPause = TimeSpan.FromMilliseconds(50);

    private int _markers;

    /// <param name="expected">What each event must be answered.</param>
    public async Task<IntakeRun> RunAsync(int firstBatch, int batches, RecordOutcome expected, bool withMarkers, CancellationToken cancellationToken)
    {
        var next = firstBatch - 1;
        var (times, visible) = (new ConcurrentBag<double>(), new List<double>());
        var third = double.NaN;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var marking = withMarkers ? MarkAsync(visible, stop.Token) : Task.CompletedTask;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(worker => Task.Run(
            async () =>
            {
                var maker = new UsageMaker(start);
                var client = metering.Clients[worker % metering.Clients.Length];
                while (Interlocked.Increment(ref next) is var batch && batch < firstBatch + batches)
                {
                    var sent = Stopwatch.GetTimestamp();
                    var answer = await client.RecordAsync(maker.Fill(batch), RunningServices.Gateway, cancellationToken: cancellationToken);
                    times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                    if (answer.Results.FirstOrDefault(result => result.Outcome != expected) is { } other)
                    {
                        throw new InvalidOperationException($"Metering answered {other.Outcome} instead of {expected}: {other.Message}");
                    }

                    if (batch == firstBatch + (batches / 3))
                    {
                        third = metering.MemoryMiB();
                    }
                }
            },
            cancellationToken)));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var end = metering.MemoryMiB();
        await stop.CancelAsync();
        await marking;
        return new IntakeRun(batches * UsageMaker.BatchSize / seconds, [.. times], [.. visible], third, end);
    }

    private async Task MarkAsync(List<double> visible, CancellationToken cancellationToken)
    {
        var client = metering.Clients[^1];
        while (!cancellationToken.IsCancellationRequested)
        {
            var name = $"marker-{_markers++}";
            try
            {
                var answer = await client.RecordAsync(Marker(name), RunningServices.Gateway, cancellationToken: cancellationToken);
                var accepted = Stopwatch.GetTimestamp();
                while ((await client.QuerySpendAsync(MarkerSpend(name), RunningServices.Owner, cancellationToken: cancellationToken)).Total.Calls
                       != answer.Results.Count)
                {
                    await Task.Yield();
                }

                visible.Add(Stopwatch.GetElapsedTime(accepted).TotalMilliseconds);
                await Task.Delay(MarkerPause, cancellationToken);
            }
            catch (Exception exception) when (cancellationToken.IsCancellationRequested && exception is OperationCanceledException or Grpc.Core.RpcException)
            {
                return;
            }
        }
    }

    private static QuerySpendRequest MarkerSpend(string name) => new() { Filters = { new SpendFilter { Dimension = SpendDimension.Workload, Values = { name } } } };

    private RecordRequest Marker(string name) => new()
    {
        Events =
        {
            new UsageEvent
            {
                Source = "bench", EventId = name, Funding = Funding.History, OccurredAt = Timestamp.FromDateTimeOffset(start), TeamId = UsageMaker.TeamId(0),
                Workload = name, Provider = "openai", ModelServed = "gpt-4o-mini", Outcome = Outcome.Succeeded, Tokens = new Tokens { Input = 1 },
            },
        },
    };
}
