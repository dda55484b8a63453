namespace Platform.Metering.Repricing;

/// <summary>Wakes this replica's repricing after a price came; forgetting it costs a second, not a correction.</summary>
internal sealed class RepricingSignal
{
    private readonly SemaphoreSlim _work = new(0, 1);

    public void Wake()
    {
        lock (_work)
        {
            if (_work.CurrentCount == 0)
            {
                _work.Release();
            }
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _work.WaitAsync(atMost, cancellationToken);
}
