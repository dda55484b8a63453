namespace Platform.ProviderSimulator.Wire;

/// <summary>A wait that ends early, without an exception, when the client has gone.</summary>
internal static class Pause
{
    /// <summary>Waits; false when the client went away before it was over.</summary>
    public static async ValueTask<bool> ForAsync(int? milliseconds, TimeProvider time, CancellationToken clientGone)
    {
        if (milliseconds is not > 0)
        {
            return !clientGone.IsCancellationRequested;
        }
        var wait = Task.Delay(TimeSpan.FromMilliseconds(milliseconds.Value), time, clientGone);
        await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return wait.IsCompletedSuccessfully;
    }
}
