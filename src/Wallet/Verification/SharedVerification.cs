using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Verification;

/// <summary>
/// One verification at a time in this replica, at most half of the time, however many ask: whoever asks while one runs gets the answer of the next, which they
/// share, so that no answer is older than its question. One that nobody waits for any more is broken off.
/// </summary>
internal sealed class SharedVerification(Func<CancellationToken, Task<VerifyResponse>> verify, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private Round? _next;
    private (long EndedAt, TimeSpan Took)? _before;

    /// <param name="cancellationToken">Of this asker alone.</param>
    public async Task<VerifyResponse> RunAsync(CancellationToken cancellationToken)
    {
        Round round;
        lock (_gate)
        {
            round = _next ??= Begin();
            round.Askers++;
        }

        try
        {
            return await round.Answer.WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(round);
        }
    }

    private Round Begin()
    {
        var (round, before) = (new Round(), _last);
        _last = round.Answer = Task.Run(() => RunAsync(round, before), CancellationToken.None);
        return round;
    }

    private async Task<VerifyResponse> RunAsync(Round round, Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_before is { } last && last.Took - time.GetElapsedTime(last.EndedAt) is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, round.Stop.Token);
        }

        Close(round);
        round.Stop.Token.ThrowIfCancellationRequested();
        var startedAt = time.GetTimestamp();
        try
        {
            return await verify(round.Stop.Token);
        }
        finally
        {
            _before = (time.GetTimestamp(), time.GetElapsedTime(startedAt));
        }
    }

    /// <summary>Who asks from now on asks for the one after it.</summary>
    private void Close(Round round)
    {
        lock (_gate)
        {
            _next = _next == round ? null : _next;
        }
    }

    private void Leave(Round round)
    {
        lock (_gate)
        {
            if (--round.Askers == 0)
            {
                _next = _next == round ? null : _next;
                round.Stop.Cancel();
            }
        }
    }

    private sealed class Round
    {
        public CancellationTokenSource Stop { get; } = new();

        public int Askers { get; set; }

        public Task<VerifyResponse> Answer { get; set; } = null!;
    }
}
