namespace Platform.Routing.Calls;

/// <summary>
/// An attempt's own time: until the answer begins, between its pieces, and in all. It does not end with the caller's connection.
/// </summary>
internal sealed class AttemptTimer : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly TimeProvider _time;
    private readonly TimeSpan _total;
    private readonly TimeSpan _silence;
    private readonly long _began;

    /// <param name="total">For the whole attempt.</param>
    public AttemptTimer(GatewayOptions options, TimeSpan total, TimeProvider time)
    {
        (_time, _total, _silence, _began) = (time, total, TimeSpan.FromSeconds(options.SilenceSeconds), time.GetTimestamp());
        var firstByte = TimeSpan.FromSeconds(options.FirstByteSeconds);
        _source = new CancellationTokenSource(firstByte < total ? firstByte : total, time);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The provider has sent something; its silence counts from now.</summary>
    public void Progressed()
    {
        var left = _total - _time.GetElapsedTime(_began);
        var next = _silence < left ? _silence : left;
        _source.CancelAfter(next > TimeSpan.Zero ? next : TimeSpan.Zero);
    }

    public void Dispose() => _source.Dispose();
}
