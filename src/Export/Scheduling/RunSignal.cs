namespace Platform.Export.Scheduling;

/// <summary>Wakes this replica's scheduler when a run was asked for. Missing a signal costs one poll interval, never the run.</summary>
internal sealed class RunSignal
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
