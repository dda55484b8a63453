using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Benchmarks;

/// <param name="Milliseconds">Of each single call, in no order.</param>
internal sealed record HoldLoadResult(double PerSecond, double[] Milliseconds)
{
    public double Percentile(double quantile)
    {
        var sorted = Milliseconds.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[(int)Math.Ceiling(quantile * sorted.Length) - 1];
    }
}

/// <summary>Callers of Wallet: each makes a hold that is already marked sent, then reports it, as a gateway does for a call.</summary>
internal sealed class HoldLoad(RunningWallet wallet)
{
    private readonly ConcurrentDictionary<string, long> _held = new();

    private const long BoundNanos = 2_000_000;
    private const long CostNanos = 700_000;

    /// <summary>What a team's wallet must have set aside after all that was answered, to the last nano: no hold or report lost, none done twice.</summary>
    public async Task VerifyAsync(string team, CancellationToken cancellationToken)
    {
        var (expected, found) = (_held[team], await wallet.HeldAsync(team, cancellationToken));
        if (found != expected)
        {
            throw new InvalidOperationException($"{team} should have {expected} nanos set aside and has {found}.");
        }
    }

    /// <summary>Pairs a second of callers that each send the next call when the one before is answered.</summary>
    public async Task<HoldLoadResult> PairsAsync(string[] teams, int callers, TimeSpan duration, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(
            async () =>
            {
                var mine = new List<double>();
                for (var i = caller; Stopwatch.GetElapsedTime(started) < duration; i += callers)
                {
                    await PairAsync(caller, teams[i % teams.Length], Stopwatch.GetTimestamp(), mine, cancellationToken);
                }

                return mine;
            },
            cancellationToken)));
        var all = times.SelectMany(mine => mine).ToArray();
        return new HoldLoadResult(all.Length / 2 / Stopwatch.GetElapsedTime(started).TotalSeconds, all);
    }

    /// <summary>
    /// The same at a given rate, whatever the answers take: the hold's time counts from the moment at which its pair was due, so that a stall is felt by all that
    /// should have been sent meanwhile.
    /// </summary>
    public async Task<HoldLoadResult> PacedPairsAsync(
        string[] teams, int callers, double pairsPerSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        var due = Channel.CreateUnbounded<long>();
        var started = Stopwatch.GetTimestamp();
        var pacing = Task.Run(
            async () =>
            {
                using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
                for (var sent = 0L; Stopwatch.GetElapsedTime(started) < duration; await timer.WaitForNextTickAsync(cancellationToken))
                {
                    for (; sent < Stopwatch.GetElapsedTime(started).TotalSeconds * pairsPerSecond; sent++)
                    {
                        due.Writer.TryWrite(started + (long)(sent / pairsPerSecond * Stopwatch.Frequency));
                    }
                }

                due.Writer.Complete();
            },
            cancellationToken);
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(
            async () =>
            {
                var mine = new List<double>();
                await foreach (var moment in due.Reader.ReadAllAsync(cancellationToken))
                {
                    await PairAsync(caller, teams[caller % teams.Length], moment, mine, cancellationToken);
                }

                return mine;
            },
            cancellationToken)));
        await pacing;
        var all = times.SelectMany(mine => mine).ToArray();
        return new HoldLoadResult(all.Length / 2 / Stopwatch.GetElapsedTime(started).TotalSeconds, all);
    }

    /// <summary>Holds a second in batches, without reports.</summary>
    public async Task<HoldLoadResult> BatchesAsync(string team, int callers, int size, TimeSpan duration, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(
            async () =>
            {
                var mine = new List<double>();
                while (Stopwatch.GetElapsedTime(started) < duration)
                {
                    var request = new CreateHoldsRequest();
                    for (var i = 0; i < size; i++)
                    {
                        request.Holds.Add(Hold(team));
                    }

                    var sent = Stopwatch.GetTimestamp();
                    var answer = await wallet.Clients[caller % wallet.Clients.Length].CreateHoldsAsync(
                        request, RunningWallet.Gateway, cancellationToken: cancellationToken);
                    mine.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                    foreach (var result in answer.Results)
                    {
                        Require(result.Hold?.Outcome);
                    }

                    Count(team, size * BoundNanos);
                }

                return mine;
            },
            cancellationToken)));
        var all = times.SelectMany(mine => mine).ToArray();
        return new HoldLoadResult(all.Length * size / Stopwatch.GetElapsedTime(started).TotalSeconds, all);
    }

    private async Task PairAsync(int caller, string team, long due, List<double> milliseconds, CancellationToken cancellationToken)
    {
        var client = wallet.Clients[caller % wallet.Clients.Length];
        var hold = Hold(team);
        Require((await client.CreateHoldAsync(hold, RunningWallet.Gateway, cancellationToken: cancellationToken)).Outcome);
        var held = Stopwatch.GetTimestamp();
        milliseconds.Add(Stopwatch.GetElapsedTime(due, held).TotalMilliseconds);
        await client.ReportHoldAsync(
            new ReportHoldRequest { AttemptId = hold.AttemptId, CostNanos = CostNanos }, RunningWallet.Gateway, cancellationToken: cancellationToken);
        milliseconds.Add(Stopwatch.GetElapsedTime(held).TotalMilliseconds);
        Count(team, CostNanos);
    }

    private void Count(string team, long nanos) => _held.AddOrUpdate(team, nanos, (_, before) => before + nanos);

    private static CreateHoldRequest Hold(string team)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new CreateHoldRequest
        {
            AttemptId = Guid.CreateVersion7(now).ToString(),
            TeamId = team,
            BoundNanos = BoundNanos,
            Currency = "USD",
            Sent = true,
            OccurredAt = now.ToTimestampUtc(),
            Context = new AttemptContext
            {
                KeyId = "key_0198a1b2c3d47e5f8a9b0c1d2e3f4a5b", Workload = "interactive", Provider = "simulator", Model = "gpt-4o-mini",
                EstimatedInputTokens = 120, MaxOutputTokens = 1_000, PriceId = 7,
            },
        };
    }

    private static void Require(HoldOutcome? outcome)
    {
        if (outcome != HoldOutcome.Held)
        {
            throw new InvalidOperationException($"A hold of a funded wallet answered {outcome}.");
        }
    }
}
