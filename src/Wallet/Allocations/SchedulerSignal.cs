namespace Platform.Wallet.Allocations;

/// <summary>Says in this process that something may be due before the next look.</summary>
internal sealed class SchedulerSignal : IDisposable
{
    private readonly SemaphoreSlim _woken = new(0, 1);
    private readonly Lock _gate = new();

    public void Wake()
    {
        lock (_gate)
        {
            if (_woken.CurrentCount == 0)
            {
                _woken.Release();
            }
        }
    }

    /// <summary>Answers when woken or when the pause is over.</summary>
    public Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken) => _woken.WaitAsync(pause, cancellationToken);

    public void Dispose() => _woken.Dispose();
}
