using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;

namespace Platform.Wallet.Holds;

/// <summary>
/// Ends what time ends: a pending hold past its deadline returns to available; a sent one without a report goes to suspense, never back. Replicas may
/// sweep at once: each hold is decided again behind its wallet's lock.
/// </summary>
/// <remarks>
/// A hold keeps its deadline when it is reported, so that a report changes no index, and reported ones wait for their posting as long as it takes. So as not to pass
/// over all of them every second, a round looks only at deadlines since the round before, with an overlap for other replicas' clocks, and at all now and then.
/// </remarks>
internal sealed partial class ExpirySweep(
    HoldWriter writer, HoldStore store, IOptions<HoldOptions> options, WalletMetrics metrics, TimeProvider time, ILogger<ExpirySweep> log)
    : BackgroundService
{
    private const int BatchSize = 200;
    private const string Actor = "wallet";

    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan WholeLookInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(15);

    private DateTimeOffset _lookedUpTo = DateTimeOffset.MinValue;
    private DateTimeOffset _nextWholeLook = DateTimeOffset.MinValue;
    private DateTimeOffset _nextCount = DateTimeOffset.MinValue;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        LookLoop.RunAsync(LookAsync, LogSweepFailed, TimeSpan.FromSeconds(options.Value.SweepSeconds), time, log, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await SweepAsync(cancellationToken);
        await CountAsync(cancellationToken);
    }

    /// <summary>Ends all holds that are due now, but those that somebody keeps locked (docs/decisions/0291): rounds begin with these until they are ended too.</summary>
    /// <returns>How many it ended.</returns>
    internal async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var whole = now >= _nextWholeLook;
        var last = new DueHold(Guid.Empty, whole ? DateTimeOffset.MinValue : _lookedUpTo - Overlap);
        var (ended, refused, why, lookedUpTo) = (0, 0, "", now);
        while (await store.ListDueAsync(last, now, BatchSize, cancellationToken) is { Length: > 0 } due)
        {
            var commands = Array.ConvertAll(due, hold => new ResolveHoldCommand(hold.AttemptId, new HoldInput.Expire(), Actor));
            foreach (var refusal in (await Task.WhenAll(commands.Select(TryRunAsync))).OfType<RpcException>())
            {
                refused++;
                why = refusal.Status.Detail;
            }

            // Whatever was not ended here is looked for again: what another replica has ended is not listed then.
            var left = Array.FindIndex(commands, command => !IsEnded(command));
            lookedUpTo = left >= 0 && due[left].ExpiresAt < lookedUpTo ? due[left].ExpiresAt : lookedUpTo;
            ended += Told(commands);
            last = due[^1];
        }

        if (refused > 0)
        {
            LogRefused(refused, why);
        }

        _lookedUpTo = lookedUpTo;
        _nextWholeLook = whole ? now + WholeLookInterval : _nextWholeLook;
        return ended;
    }

    /// <summary>Answers why it is still due: somebody keeps a lock that it needs, or the database did not answer. Null when it is decided.</summary>
    private async Task<RpcException?> TryRunAsync(ResolveHoldCommand command)
    {
        try
        {
            await writer.RunAsync(command);
            return null;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
        {
            return exception;
        }
    }

    private int Told(ResolveHoldCommand[] commands)
    {
        var holds = commands.Where(IsEnded).Select(command => command.Answer.Hold!).ToList();
        if (holds.Count > 0)
        {
            LogSwept(holds.Count(hold => hold.State == HoldState.Expired), holds.Count(hold => hold.State == HoldState.Suspended));
        }

        return holds.Count;
    }

    /// <summary>A decision that did not become durable ends nothing.</summary>
    private static bool IsEnded(ResolveHoldCommand command) => command is { Done.IsCompletedSuccessfully: true, Answer.Verdict: HoldVerdict.Apply };

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() >= _nextCount)
        {
            metrics.OpenHolds = await store.CountOpenAsync(cancellationToken);
            _nextCount = time.GetUtcNow() + CountInterval;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Expired} pending holds expired and returned; {Suspended} sent holds without a report went to suspense.")]
    private partial void LogSwept(int expired, int suspended);

    [LoggerMessage(LogLevel.Warning, "{Holds} holds that are due could not be ended ({Detail}); the next round tries again.")]
    private partial void LogRefused(int holds, string detail);

    [LoggerMessage(LogLevel.Warning, "Looking for holds that are due failed; the next round tries again.")]
    private partial void LogSweepFailed(Exception exception);
}
