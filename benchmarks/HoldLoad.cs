using System.Collections.Concurrent;
using System.Diagnostics;
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

/// <summary>Callers of Wallet with the client library of .NET: each makes a hold that is already marked sent, then reports it, as a gateway does for a call.</summary>
internal sealed class HoldLoad(RunningWallet wallet)
{
    private readonly ConcurrentDictionary<string, long> _held = new();

    private const long BoundNanos = 2_000_000;
    private const long CostNanos = 700_000;

    /// <summary>A hold as a gateway asks for it.</summary>
    public static CreateHoldRequest Hold(string team)
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

    /// <summary>What the attempt of such a hold cost.</summary>
    public static ReportHoldRequest Report(string attemptId) => new() { AttemptId = attemptId, CostNanos = CostNanos };

    /// <exception cref="InvalidOperationException">The hold was not given.</exception>
    public static void Require(HoldOutcome? outcome)
    {
        if (outcome != HoldOutcome.Held)
        {
            throw new InvalidOperationException($"A hold of a funded wallet answered {outcome}.");
        }
    }

    /// <summary>Takes a reported hold of a team into what <see cref="VerifyAsync"/> expects.</summary>
    public void Count(string team) => Count(team, CostNanos);

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
                    await PairAsync(caller, teams[i % teams.Length], mine, cancellationToken);
                }

                return mine;
            },
            cancellationToken)));
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

    private async Task PairAsync(int caller, string team, List<double> milliseconds, CancellationToken cancellationToken)
    {
        var client = wallet.Clients[caller % wallet.Clients.Length];
        var hold = Hold(team);
        var asked = Stopwatch.GetTimestamp();
        Require((await client.CreateHoldAsync(hold, RunningWallet.Gateway, cancellationToken: cancellationToken)).Outcome);
        var held = Stopwatch.GetTimestamp();
        milliseconds.Add(Stopwatch.GetElapsedTime(asked, held).TotalMilliseconds);
        await client.ReportHoldAsync(Report(hold.AttemptId), RunningWallet.Gateway, cancellationToken: cancellationToken);
        milliseconds.Add(Stopwatch.GetElapsedTime(held).TotalMilliseconds);
        Count(team);
    }

    private void Count(string team, long nanos) => _held.AddOrUpdate(team, nanos, (_, before) => before + nanos);
}
