using System.Diagnostics;
using Platform.Contracts.Wallet.V1;

namespace Platform.Benchmarks;

/// <summary>Callers of Wallet as those of <see cref="HoldLoad"/>, all played by one thread: what a caller costs is then a small part of what is measured.</summary>
internal sealed class HoldCallers(RunningWallet wallet, HoldLoad load, string[] teams)
{
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(1);

    private readonly Dictionary<(GrpcConnection, int), Step> _open = [];
    private readonly Queue<GrpcConnection> _idle = [];
    private readonly List<double> _milliseconds = [];

    /// <summary>Pairs a second of callers that each begin the next pair when the one before is answered.</summary>
    public HoldLoadResult Pairs(int callers, TimeSpan duration, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        return Run(callers, _ => Stopwatch.GetElapsedTime(started) < duration ? Stopwatch.GetTimestamp() : null, cancellationToken);
    }

    /// <summary>
    /// The same at a given rate, whatever the answers take: the hold's time counts from the moment at which its pair was due, so that a stall is felt by all that
    /// should have been sent meanwhile.
    /// </summary>
    public HoldLoadResult PacedPairs(int callers, double pairsPerSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        return Run(
            callers, pair => pair < pairsPerSecond * duration.TotalSeconds ? started + (long)(pair / pairsPerSecond * Stopwatch.Frequency) : null, cancellationToken);
    }

    /// <param name="due">When the pair of this number is due, as a time stamp; null: there are no more.</param>
    private HoldLoadResult Run(int callers, Func<int, long?> due, CancellationToken cancellationToken)
    {
        var connections = Enumerable.Range(0, RunningWallet.Channels).Select(_ => new GrpcConnection(wallet.Address, RunningWallet.Gateway)).ToArray();
        try
        {
            for (var caller = 0; caller < callers; caller++)
            {
                _idle.Enqueue(connections[caller % connections.Length]);
            }

            var started = Stopwatch.GetTimestamp();
            for (var (pair, isOver) = (0, false); !isOver || _open.Count > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                while (!isOver && _idle.Count > 0)
                {
                    var moment = due(pair);
                    isOver = moment is null;
                    if (moment is null || moment > Stopwatch.GetTimestamp())
                    {
                        break;
                    }

                    Hold(_idle.Dequeue(), teams[pair++ % teams.Length], moment.Value);
                }

                Array.ForEach(connections, connection => connection.Flush());
                foreach (var connection in GrpcConnection.Wait(connections, Grain))
                {
                    connection.Read((stream, message) => Answered(connection, stream, message));
                }
            }

            return new HoldLoadResult(_milliseconds.Count / 2 / Stopwatch.GetElapsedTime(started).TotalSeconds, [.. _milliseconds]);
        }
        finally
        {
            Array.ForEach(connections, connection => connection.Dispose());
        }
    }

    private void Hold(GrpcConnection connection, string team, long due)
    {
        var hold = HoldLoad.Hold(team);
        _open[(connection, connection.Begin("/platform.wallet.v1.Wallet/CreateHold", hold))] = new Step(team, due, hold.AttemptId);
    }

    private void Answered(GrpcConnection connection, int stream, ReadOnlySpan<byte> message)
    {
        _open.Remove((connection, stream), out var step);
        var now = Stopwatch.GetTimestamp();
        _milliseconds.Add(Stopwatch.GetElapsedTime(step.Since, now).TotalMilliseconds);
        if (step.Held is { } attempt)
        {
            HoldLoad.Require(CreateHoldResponse.Parser.ParseFrom(message).Outcome);
            _open[(connection, connection.Begin("/platform.wallet.v1.Wallet/ReportHold", HoldLoad.Report(attempt)))] = new Step(step.Team, now, null);
            return;
        }

        load.Count(step.Team);
        _idle.Enqueue(connection);
    }

    /// <param name="Since">When it was begun, or was due.</param>
    /// <param name="Held">The attempt of a hold that is then to be reported; null: this is the report.</param>
    private readonly record struct Step(string Team, long Since, string? Held);
}
