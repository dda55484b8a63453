using System.Collections.Concurrent;

namespace Platform.Routing.Resilience;

/// <summary>
/// How many retries and fallbacks a target set may add, so that they cannot multiply an outage: of the last minute's calls a share, above a floor of
/// <see cref="FloorPerMinute"/>. The minute slides: what the clock's minute before counts fades out over the present one. For any number of threads.
/// </summary>
internal sealed class RetryBudget(TimeProvider time)
{
    public const int FloorPerMinute = 10;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly long _origin = time.GetTimestamp();
    private long _minute;
    private (long Calls, long Extra) _now;
    private (long Calls, long Extra) _before;

    /// <summary>A call has begun.</summary>
    public void CountCall()
    {
        lock (_gate)
        {
            Look();
            _now.Calls++;
        }
    }

    /// <summary>Takes one more attempt out of the budget; false when it is used up.</summary>
    /// <param name="percent">Of calls.</param>
    public bool TryTake(int percent)
    {
        lock (_gate)
        {
            var fading = 1 - Look();
            var calls = _now.Calls + (_before.Calls * fading);
            var extra = _now.Extra + (_before.Extra * fading);
            if (extra + 1 > FloorPerMinute + (calls * percent / 100))
            {
                return false;
            }

            _now.Extra++;
            return true;
        }
    }

    /// <summary>Answers how much of the present minute is over, 0 to 1.</summary>
    private double Look()
    {
        var elapsed = time.GetElapsedTime(_origin);
        var minute = elapsed.Ticks / Minute.Ticks;
        if (minute != _minute)
        {
            _before = minute == _minute + 1 ? _now : default;
            _now = default;
            _minute = minute;
        }

        return (double)(elapsed.Ticks % Minute.Ticks) / Minute.Ticks;
    }
}

/// <summary>The budgets by target set: they outlive versions of the policy.</summary>
internal sealed class RetryBudgets(TimeProvider time)
{
    /// <summary>Of keys that decide, at a target set each. Sets are as many as policies name, keys as many as there ever were.</summary>
    private const int MostReporters = 10_000;

    private readonly ConcurrentDictionary<string, RetryBudget> _shared = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Set, string Reporter), RetryBudget> _reporters = new();

    /// <param name="reporter">The key whose word alone says that an attempt is a further one, so that it takes no other's; null: all others have one together.</param>
    public RetryBudget Of(string setName, string? reporter = null)
    {
        if (reporter is null)
        {
            return _shared.GetOrAdd(setName, static (_, time) => new RetryBudget(time), time);
        }

        if (_reporters.TryGetValue((setName, reporter), out var budget))
        {
            return budget;
        }

        if (_reporters.Count >= MostReporters)
        {
            _reporters.Clear();
        }

        return _reporters.GetOrAdd((setName, reporter), static (_, time) => new RetryBudget(time), time);
    }
}
