using Grpc.Core;
using Platform.Contracts.Identity.V1;

namespace Platform.Dashboard.Figures;

/// <summary>What is read, and who may see it: a reading is shared by pages whose tokens have one role.</summary>
/// <param name="Figures">Which figures.</param>
/// <param name="TeamId">The chosen team; empty for the organisation.</param>
internal readonly record struct ReadingKey(string Figures, string TeamId, Role Role);

/// <summary>
/// Readings that all open pages of this process share (docs/decisions/0282): who asks for what another page reads just now waits for that one, and takes one that is recent enough. Services are then asked as
/// often as figures change hands, however many pages are open. For any number of threads.
/// </summary>
internal sealed class SharedReadings(TimeProvider time)
{
    private readonly Dictionary<ReadingKey, Work> _works = [];

    /// <summary>How many readings are kept or under way.</summary>
    public int Count
    {
        get
        {
            lock (_works)
            {
                return _works.Count;
            }
        }
    }

    /// <summary>A reading, and when it was made.</summary>
    /// <param name="fresh">How long after it was made a reading is taken by others; 0 or more.</param>
    /// <param name="read">Runs outside the caller's context, under the caller's token. Cancelled when nobody waits for it any more.</param>
    /// <exception cref="RpcException">What the service answered, to whoever waited for it. What it answered to one token alone is not told to others: they read for themselves.</exception>
    public async Task<(T Value, DateTimeOffset AsOf)> ReadAsync<T>(
        ReadingKey key, TimeSpan fresh, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (work, isOwn) = Join(key, fresh, async stop => await read(stop));
            try
            {
                var (value, asOf) = await work.Result.WaitAsync(cancellationToken);
                return ((T)value, asOf);
            }
            catch (Exception exception) when (!isOwn && !cancellationToken.IsCancellationRequested && !IsOfAll(exception))
            {
                // It was of the page that read: its token, or that it was closed.
            }
            finally
            {
                Leave(key, work);
            }
        }
    }

    /// <summary>Whether what went wrong would go wrong for every reader: it asked a service that is away, and not under a token that is stopped.</summary>
    private static bool IsOfAll(Exception exception) =>
        exception is RpcException { StatusCode: not (StatusCode.Unauthenticated or StatusCode.PermissionDenied or StatusCode.Cancelled) };

    private (Work Work, bool IsOwn) Join(ReadingKey key, TimeSpan fresh, Func<CancellationToken, Task<object>> read)
    {
        lock (_works)
        {
            if (_works.TryGetValue(key, out var known) && known.IsOfUse(time.GetUtcNow()))
            {
                known.Waiting++;
                return (known, false);
            }

            foreach (var (old, _) in _works.Where(work => !work.Value.IsOfUse(time.GetUtcNow())).ToList())
            {
                _works.Remove(old);
            }

            var own = new Work(fresh) { Waiting = 1 };
            _works[key] = own;

            // Not in the circuit of the page that came first: others wait for it when that page is busy or gone.
            own.Result = Task.Run(async () => (await read(own.Stop.Token), time.GetUtcNow()));
            return (own, true);
        }
    }

    private void Leave(ReadingKey key, Work work)
    {
        lock (_works)
        {
            if (--work.Waiting > 0 || work.Result.IsCompletedSuccessfully)
            {
                return;
            }

            // Nobody joins what is being stopped.
            if (_works.TryGetValue(key, out var known) && known == work)
            {
                _works.Remove(key);
            }
        }

        work.Stop.Cancel();
        _ = work.Result.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>A reading under way, or one that was made.</summary>
    private sealed class Work(TimeSpan fresh)
    {
        public Task<(object Value, DateTimeOffset AsOf)> Result { get; set; } = null!;

        public CancellationTokenSource Stop { get; } = new();

        /// <summary>Pages that wait for it.</summary>
        public int Waiting { get; set; }

        public bool IsOfUse(DateTimeOffset now) => !Result.IsCompleted || (Result.IsCompletedSuccessfully && now - Result.Result.AsOf < fresh);
    }
}
