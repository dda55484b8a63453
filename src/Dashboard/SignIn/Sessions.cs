using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Platform.Dashboard.SignIn;

/// <summary>
/// Until when each session lasts, as its cookie says, and which were signed out of. A page that stays open has no cookie to look at: it is over when its session is, also when that was ended
/// in another tab. In this process's memory alone: a browser's tabs come to the same one, or their circuits would not hold. For any number of threads.
/// </summary>
internal sealed class Sessions(IOptions<SessionOptions> options, TimeProvider time)
{
    public const string Claim = "session";

    private readonly ConcurrentDictionary<string, DateTimeOffset> _until = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _ended = new(StringComparer.Ordinal);

    /// <summary>A request came with the session's cookie, or with one that is renewed now.</summary>
    public void Use(string session, DateTimeOffset until)
    {
        if (_until.TryAdd(session, until))
        {
            Forget(_until);
        }
        else
        {
            // Of two tabs the one that renewed the cookie counts, in whatever order they came.
            _until.AddOrUpdate(session, until, (_, known) => known > until ? known : until);
        }
    }

    /// <summary>Signed out: a copy of its cookie is of no use any more.</summary>
    public void End(string session)
    {
        // No cookie of it lasts longer, as none is renewed.
        _ended[session] = time.GetUtcNow() + TimeSpan.FromHours(options.Value.Hours);
        _until.TryRemove(session, out _);
        Forget(_ended);
    }

    public bool IsEnded(string session) => _ended.ContainsKey(session);

    public bool IsOver(string session) => IsEnded(session) || !_until.TryGetValue(session, out var until) || until < time.GetUtcNow();

    private void Forget(ConcurrentDictionary<string, DateTimeOffset> times)
    {
        var now = time.GetUtcNow();
        foreach (var (session, until) in times)
        {
            if (until <= now)
            {
                times.TryRemove(session, out _);
            }
        }
    }
}
