namespace Platform.Routing.Tests.Calls;

/// <summary>The connection of a caller who takes nothing.</summary>
internal sealed class StuckCaller : MemoryStream
{
    private readonly TaskCompletionSource _given = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The answer waits for him.</summary>
    public Task IsGiven => _given.Task;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _given.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }
}
