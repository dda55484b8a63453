using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// The way of every hold operation into the ledger: a bounded queue, and a few loops that each write what has gathered as one transaction. An answer is given
/// only after the commit. What a caller's going away does not do: undo or hold up a batch.
/// </summary>
internal sealed class HoldWriter : BackgroundService, IHostedLifecycleService
{
    private readonly WriterLoop[] _loops;
    private readonly RecentAttempts _recent;
    private readonly int _queueLimit;
    private int _queued;

    public HoldWriter(
        LedgerDatabase database, HoldBatch batch, IOptions<HoldOptions> options, WalletMetrics metrics, TimeProvider time, ILogger<WriterLoop> log)
    {
        _recent = new RecentAttempts();
        _queueLimit = options.Value.QueueLimit;
        _loops = Enumerable.Range(0, options.Value.Writers).Select(_ => new WriterLoop(database, batch, _recent, metrics, time, log)).ToArray();
    }

    /// <summary>Operations that are not answered yet.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>Ends when the command's answer is durable.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: nothing was done; UNAVAILABLE: the outcome is not known.</exception>
    public async Task RunAsync(HoldCommand command)
    {
        if (Interlocked.Increment(ref _queued) > _queueLimit)
        {
            Interlocked.Decrement(ref _queued);
            throw RpcErrors.Create(
                StatusCode.ResourceExhausted, Reasons.HoldQueueFull,
                $"{_queueLimit} hold operations wait here already; nothing was done. Ask again after a pause that grows, or add replicas of Wallet.");
        }

        try
        {
            command.WalletId ??= _recent.Find(command.AttemptId);
            LoopOf(command).Add(command);
            await command.Done;
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
        }
    }

    /// <summary>Money may have come into a wallet, here or on another replica; null: into any, while nobody listened.</summary>
    public void Wake(string? walletId)
    {
        foreach (var loop in _loops)
        {
            loop.Wake(walletId);
        }
    }

    /// <summary>Before the server lets its calls end, for those that wait for funds would keep it.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Array.ForEach(_loops, loop => loop.StopWaiting());
        return Task.CompletedTask;
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        Array.ForEach(_loops, loop => loop.Close());
        return base.StopAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A loop ends when it is closed. One that ends by a mistake of ours ends the process: better than wallets that nobody writes.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = _loops.Select(loop => Task.Run(loop.RunAsync, CancellationToken.None)).ToList();
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            await ended;
        }
    }

    private WriterLoop LoopOf(HoldCommand command) =>
        _loops[((command.WalletId?.GetHashCode() ?? command.AttemptId.GetHashCode()) & int.MaxValue) % _loops.Length];
}
