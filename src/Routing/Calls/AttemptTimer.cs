namespace Platform.Routing.Calls;

/// <summary>
/// An attempt's own time: until the answer begins, between its pieces, and in all. It does not end with the caller's connection.
/// </summary>
internal sealed class AttemptTimer : IDisposable
{
    private readonly CancellationTokenSource _total;
    private readonly CancellationTokenSource _silence;
    private readonly TimeSpan _silenceLimit;

    /// <param name="total">For the whole attempt.</param>
    public AttemptTimer(GatewayOptions options, TimeSpan total, TimeProvider time)
    {
        _total = new CancellationTokenSource(total, time);
        _silence = CancellationTokenSource.CreateLinkedTokenSource(_total.Token);
        _silence.CancelAfter(TimeSpan.FromSeconds(options.FirstByteSeconds));
        _silenceLimit = TimeSpan.FromSeconds(options.SilenceSeconds);
    }

    public CancellationToken Token => _silence.Token;

    /// <summary>The provider has sent something; its silence counts from now.</summary>
    public void Progressed() => _silence.CancelAfter(_silenceLimit);

    public void Dispose()
    {
        _silence.Dispose();
        _total.Dispose();
    }
}
