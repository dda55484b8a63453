namespace Platform.Postgres;

/// <summary>Wakes a loop of this replica when there is work; a loop that also looks at intervals loses nothing by a signal that is forgotten.</summary>
public abstract class WorkSignal
{
    private readonly SemaphoreSlim _work = new(0, 1);

    /// <summary>Never waits; a loop that is awake already looks once more.</summary>
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

    /// <summary>Answers when there is work, or after so long without.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _work.WaitAsync(atMost, cancellationToken);
}
