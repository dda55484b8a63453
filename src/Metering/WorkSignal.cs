namespace Platform.Metering;

/// <summary>Wakes a loop of this replica when there is work; a loop that also looks at intervals loses nothing by a signal that is forgotten.</summary>
internal abstract class WorkSignal
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
