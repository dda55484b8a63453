namespace Platform.Wallet.Tests;

/// <summary>One wallet and its caps as plain arithmetic, written apart from the service: what random operations are compared with.</summary>
internal sealed class CapModel(long available, string[] dailyCaps, long[] dailyLimits, string yearlyCap, long yearlyLimit)
{
    private static readonly TimeSpan ReportLimit = TimeSpan.FromSeconds(900);

    private readonly Dictionary<Guid, Call> _calls = [];
    private readonly HashSet<DateTimeOffset> _days = [];
    private long _available = available;
    private long _overage;

    /// <summary>What each cap should count, by cap and a moment of the period.</summary>
    public IEnumerable<(string Cap, DateTimeOffset Moment, long Used)> Used =>
        _days.SelectMany(day => dailyCaps.Select(cap => (cap, day, CountedOn(day)))).Append((yearlyCap, _days.FirstOrDefault(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)),
            _calls.Values.Sum(call => call.Left + call.Spent)));

    public bool Hold(Guid attempt, long bound, DateTimeOffset now)
    {
        var day = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        _days.Add(day);
        var fits = dailyLimits.All(limit => CountedOn(day) + bound <= limit) && _calls.Values.Sum(call => call.Left + call.Spent) + bound <= yearlyLimit
            && bound <= _available;
        if (fits)
        {
            _calls.Add(attempt, new Call { Day = day, Left = bound, State = "sent", Due = now + ReportLimit });
            _available -= bound;
        }

        return fits;
    }

    public void Report(Guid attempt, long cost)
    {
        if (Open(attempt) is { Reported: false } call)
        {
            call.Reported = true;
            call.State = call.State == "sent" ? "reported" : call.State;
            Return(call, call.Left - Math.Min(call.Left, cost));
        }
    }

    public void Release(Guid attempt)
    {
        if (Open(attempt) is { Reported: false } call)
        {
            Return(call, call.Left);
            call.State = "ended";
        }
    }

    public void Suspend(Guid attempt)
    {
        if (Open(attempt) is { } call)
        {
            call.State = "suspended";
        }
    }

    /// <summary>Of a call without an open hold the ledger takes from available, which no cap counts. What is more than there is, or than was set aside, is overage.</summary>
    public void Post(Guid attempt, long cost)
    {
        if (Open(attempt) is { } call)
        {
            var covered = Math.Min(call.Left, cost);
            call.Spent += covered;
            call.Left -= covered;
            _overage += cost - covered;
            Return(call, call.Left);
            call.State = "ended";
        }
        else
        {
            var taken = Math.Min(_available, cost);
            _available -= taken;
            _overage += cost - taken;
        }
    }

    public void Expire(DateTimeOffset now)
    {
        foreach (var call in _calls.Values.Where(call => call.State == "sent" && call.Due <= now))
        {
            call.State = "suspended";
        }
    }

    private long CountedOn(DateTimeOffset day) => _calls.Values.Where(call => call.Day == day).Sum(call => call.Left + call.Spent);

    private Call? Open(Guid attempt) => _calls.TryGetValue(attempt, out var call) && call.State != "ended" ? call : null;

    /// <summary>What comes back repays overage first.</summary>
    private void Return(Call call, long amount)
    {
        var repaid = Math.Min(_overage, amount);
        call.Left -= amount;
        _overage -= repaid;
        _available += amount - repaid;
    }

    private sealed class Call
    {
        public DateTimeOffset Day { get; init; }

        public DateTimeOffset Due { get; init; }

        public long Left { get; set; }

        public long Spent { get; set; }

        public bool Reported { get; set; }

        public string State { get; set; } = "";
    }
}
