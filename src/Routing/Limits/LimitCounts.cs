using System.Collections.Concurrent;
using System.Threading.Channels;
using Platform.Routing.Policies;

namespace Platform.Routing.Limits;

/// <summary>All counts that this replica draws from, and those of them that want looking after.</summary>
internal sealed class LimitCounts(LimitClock clock)
{
    private readonly ConcurrentDictionary<(string Limit, string Subject), SubjectCounts> _subjects = new();
    private readonly Channel<Gauge> _attention = Channel.CreateUnbounded<Gauge>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Behind it a subject's counts come, follow the policy, and go: of a key there is one count at a time, and none is dropped that a newer policy has just taken over.</summary>
    private readonly Lock _changes = new();

    /// <summary>All, those included that the policy has no more and that still have something to tell.</summary>
    public IEnumerable<Gauge> All => _subjects.Values.SelectMany(subject => subject.All);

    /// <summary>The counts of a limit for a subject, as the limit is now, or as a newer policy says.</summary>
    public SubjectCounts Of(RouteLimit limit, string subject) =>
        _subjects.TryGetValue((limit.Name, subject), out var known) && IsAsNew(known, limit) ? known : Renew(limit, subject);

    /// <summary>As <see cref="Of"/>, after what was being dropped is gone.</summary>
    public SubjectCounts Renew(RouteLimit limit, string subject)
    {
        lock (_changes)
        {
            var known = _subjects.GetValueOrDefault((limit.Name, subject));
            return known is not null && IsAsNew(known, limit)
                ? known
                : _subjects[(limit.Name, subject)] = known is null ? new SubjectCounts(limit, subject, this) : known.With(limit, this);
        }
    }

    /// <summary>Has all counts be as a new policy says, so that it reaches calls that wait, be there another call under the limit or not.</summary>
    public void Follow(RoutingTable policy)
    {
        var named = policy.Limits.ToDictionary(limit => limit.Name, StringComparer.Ordinal);
        foreach (var (key, subject) in _subjects)
        {
            if (named.GetValueOrDefault(key.Limit) is { } limit && limit.Scope == subject.Limit.Scope && (limit.Match.Length == 0 || limit.Match == key.Subject))
            {
                Of(limit, key.Subject);
            }
            else
            {
                Lift(key, policy.Version);
            }
        }
    }

    /// <summary>Attends to all that something is due of.</summary>
    public void Look()
    {
        var now = clock.Now;
        foreach (var gauge in All)
        {
            if (gauge.IsDue(now))
            {
                gauge.Attend();
            }
        }
    }

    /// <summary>True when there may be something due; waits for it.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _attention.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>What asked to be looked at and is due, each key once: one exchange says one thing of a count.</summary>
    public List<Gauge> TakeDue(int most)
    {
        var (due, later) = (new Dictionary<GaugeKey, Gauge>(), new List<Gauge>());
        while (due.Count < most && _attention.Reader.TryRead(out var gauge))
        {
            gauge.Attended();
            if (gauge.IsDue(clock.Now) && !due.TryAdd(gauge.Key, gauge) && due[gauge.Key] != gauge)
            {
                later.Add(gauge);
            }
        }

        later.ForEach(gauge => gauge.Attend());
        return [.. due.Values];
    }

    public void DropIdle()
    {
        foreach (var (key, subject) in _subjects)
        {
            lock (_changes)
            {
                if (ReferenceEquals(_subjects.GetValueOrDefault(key), subject) && Gauge.TryRetire(subject.All))
                {
                    _subjects.TryRemove(key, out _);
                }
            }
        }
    }

    public Gauge Make(GaugeKey key, GaugeSpec spec) => key.Measure == LimitMeasure.ParallelRequests
        ? new ParallelGauge(key, spec, clock, Attend)
        : new CountGauge(key, spec, clock, Attend);

    private void Lift((string Limit, string Subject) key, long version)
    {
        lock (_changes)
        {
            // A call of a still newer policy, which has the limit again, may have come meanwhile.
            if (_subjects.TryGetValue(key, out var subject) && subject.Limit.Version <= version)
            {
                subject.Lift();
            }
        }
    }

    private static bool IsAsNew(SubjectCounts known, RouteLimit limit) => ReferenceEquals(known.Limit, limit) || known.Limit.Version > limit.Version;

    private void Attend(Gauge gauge) => _attention.Writer.TryWrite(gauge);
}

/// <summary>The counts of one limit for one subject: parallel requests last, since they alone are kept from others while a call waits for the next.</summary>
internal sealed class SubjectCounts
{
    public SubjectCounts(RouteLimit limit, string subject, LimitCounts counts)
        : this(limit, subject, [], counts)
    {
    }

    private SubjectCounts(RouteLimit limit, string subject, IReadOnlyList<Gauge> before, LimitCounts counts)
    {
        (Limit, Subject) = (limit, subject);
        Gauges = [.. Specs(limit).Select(spec => Follow(before, spec) ?? counts.Make(new GaugeKey(limit.Name, subject, spec.Measure), spec))];
        All = [.. Gauges, .. before.Except(Gauges)];
        Lift(All.Skip(Gauges.Count));
    }

    public RouteLimit Limit { get; }

    public string Subject { get; }

    /// <summary>What the limit counts.</summary>
    public IReadOnlyList<Gauge> Gauges { get; }

    /// <summary>And what it counted before: calls that began under that still have to tell, and it may count it again.</summary>
    public IReadOnlyList<Gauge> All { get; }

    /// <summary>As the policy says now; what was drawn stays drawn.</summary>
    public SubjectCounts With(RouteLimit limit, LimitCounts counts) => new(limit, Subject, All, counts);

    /// <summary>The policy has the limit no more, or not for this subject.</summary>
    public void Lift() => Lift(Gauges);

    /// <summary>What a limit admits, by measure; a measure that it does not limit has none.</summary>
    public static IEnumerable<GaugeSpec> Specs(RouteLimit limit)
    {
        var (burst, queue) = (limit.BurstPercent is 0 ? 100 : limit.BurstPercent, limit.Queue);
        IEnumerable<GaugeSpec> all =
        [
            new(LimitMeasure.RequestsPerMinute, Cut(limit.RequestsPerMinute), burst, queue), new(LimitMeasure.TokensPerMinute, Cut(limit.TokensPerMinute), burst, queue),
            new(LimitMeasure.RequestsPerDay, Cut(limit.RequestsPerDay), 100, TimeSpan.Zero), new(LimitMeasure.TokensPerDay, Cut(limit.TokensPerDay), 100, TimeSpan.Zero),
            new(LimitMeasure.ParallelRequests, Cut(limit.ParallelRequests), 100, queue),
        ];
        return all.Where(spec => spec.Limit > 0);
    }

    private static void Lift(IEnumerable<Gauge> gauges)
    {
        foreach (var gauge in gauges)
        {
            gauge.Lift();
        }
    }

    private static long Cut(long limit) => Math.Min(limit, GaugeSpec.MaxLimit);

    private static Gauge? Follow(IReadOnlyList<Gauge> before, GaugeSpec spec)
    {
        var gauge = before.FirstOrDefault(gauge => gauge.Key.Measure == spec.Measure);
        if (gauge is not null)
        {
            gauge.Spec = spec;
        }

        return gauge;
    }
}
