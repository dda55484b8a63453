using System.Collections.Concurrent;
using System.Threading.Channels;
using Platform.Routing.Policies;

namespace Platform.Routing.Limits;

/// <summary>All counts that this replica draws from, and those of them that want looking after.</summary>
internal sealed class LimitCounts(LimitClock clock)
{
    private readonly ConcurrentDictionary<(string Limit, string Subject), SubjectCounts> _subjects = new();
    private readonly Channel<Gauge> _attention = Channel.CreateUnbounded<Gauge>(new UnboundedChannelOptions { SingleReader = true });

    public ChannelReader<Gauge> Attention => _attention.Reader;

    public IEnumerable<Gauge> All => _subjects.Values.SelectMany(subject => subject.Gauges);

    /// <summary>The counts of a limit for a subject, as the limit is now.</summary>
    public SubjectCounts Of(RouteLimit limit, string subject)
    {
        var key = (limit.Name, subject);
        if (_subjects.TryGetValue(key, out var known) && ReferenceEquals(known.Limit, limit))
        {
            return known;
        }

        return _subjects.AddOrUpdate(key, _ => new SubjectCounts(limit, subject, this), (_, before) => ReferenceEquals(before.Limit, limit) ? before : before.With(limit, this));
    }

    /// <summary>Drops a count that admits nothing any more, so that the next call makes a new one.</summary>
    public void Drop(SubjectCounts subject) => _subjects.TryRemove(new KeyValuePair<(string, string), SubjectCounts>((subject.Limit.Name, subject.Subject), subject));

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

    public void DropIdle()
    {
        foreach (var subject in _subjects.Values)
        {
            // One that retires alone takes the others with it when the next call finds it so.
            if (subject.Gauges.All(gauge => gauge.TryRetire()))
            {
                Drop(subject);
            }
        }
    }

    public Gauge Make(GaugeKey key, GaugeSpec spec) => key.Measure == LimitMeasure.ParallelRequests
        ? new ParallelGauge(key, spec, clock, Attend)
        : new CountGauge(key, spec, clock, Attend);

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
    }

    public RouteLimit Limit { get; }

    public string Subject { get; }

    public IReadOnlyList<Gauge> Gauges { get; }

    /// <summary>As the policy says now; what was drawn stays drawn.</summary>
    public SubjectCounts With(RouteLimit limit, LimitCounts counts) => new(limit, Subject, Gauges, counts);

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
