using Microsoft.Extensions.Time.Testing;
using Platform.Routing.Limits;

namespace Platform.Routing.Tests.Limits;

/// <summary>
/// Replicas and the database's count of one limit under a clock that the test turns. An exchange takes place at once, or fails before or after the database has
/// decided.
/// </summary>
internal sealed class LimitWorld
{
    private readonly GaugeSpec _spec;
    private CountState _count = CountState.Empty;
    private List<SlotHolder> _holders = [];
    private int _made;

    /// <param name="databaseAhead">How far the database's clock is from that of the replicas.</param>
    public LimitWorld(GaugeSpec spec, int replicas, TimeSpan databaseAhead = default)
    {
        _spec = spec;
        DatabaseAhead = databaseAhead;
        for (var i = 0; i < replicas; i++)
        {
            Replicas.Add(NewReplica());
        }
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 26, 10, 0, 0, TimeSpan.Zero));

    public TimeSpan DatabaseAhead { get; }

    public DateTimeOffset DatabaseNow => Time.GetUtcNow() + DatabaseAhead;

    public List<LimitReplica> Replicas { get; } = [];

    /// <summary>What the database counts now.</summary>
    public long Used => new WindowCount(_spec.Window, _count.Uses, DatabaseNow).Used;

    /// <summary>Its id is above those before it: of two calls that came in the same moment the one of the lower id counts as first, and by random ids either would be.</summary>
    public LimitReplica NewReplica()
    {
        var clock = new LimitClock(Time);
        var key = new GaugeKey("limit", "", _spec.Measure);
        return new LimitReplica(
            Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddMilliseconds(++_made)), clock,
            _spec.Measure == LimitMeasure.ParallelRequests ? new ParallelGauge(key, _spec, clock, _ => { }) : new CountGauge(key, _spec, clock, _ => { }), Time.GetUtcNow());
    }

    /// <summary>Draws as a call that may not wait: from what is there, or after one exchange.</summary>
    public async Task<LimitPermit?> TryAcquireAsync(LimitReplica replica, long amount, ExchangeFate fate = ExchangeFate.Done)
    {
        var permit = new LimitPermit(amount);
        permit.Under(replica.Gauge);
        if (replica.Gauge.TryDraw(amount, permit))
        {
            return permit;
        }

        var draw = replica.Gauge.DrawAsync(amount, permit, replica.Clock.Now, CancellationToken.None).AsTask();
        if (!draw.IsCompleted)
        {
            Exchange(replica, fate);
        }

        if (await draw == DrawOutcome.Drawn)
        {
            return permit;
        }

        permit.GiveBack();
        return null;
    }

    /// <returns>As <see cref="Exchange"/>.</returns>
    public bool ExchangeIfDue(LimitReplica replica, ExchangeFate fate = ExchangeFate.Done) => replica.Gauge.IsDue(replica.Clock.Now) && Exchange(replica, fate);

    /// <returns>True: the call that waits first there has what it lacked.</returns>
    public bool Exchange(LimitReplica replica, ExchangeFate fate = ExchangeFate.Done)
    {
        var sentAt = replica.Clock.Now;
        var ask = replica.Gauge.BeginAsk(replica.Id);
        if (fate == ExchangeFate.Failed)
        {
            replica.Gauge.FailAsk(isUnknown: false);
            return false;
        }

        var answer = Decide(ask);
        if (fate == ExchangeFate.AnswerLost)
        {
            replica.Gauge.FailAsk(isUnknown: true);
            return false;
        }

        replica.HeardAt = Time.GetUtcNow();
        replica.Clock.Observe(DatabaseNow, sentAt);
        replica.Gauge.EndAsk(answer, sentAt);
        return ask.Count?.Wait is { } wait && answer.Count!.Granted >= wait.Missing;
    }

    private LimitAnswer Decide(LimitAsk ask)
    {
        if (ask.Slots is { } slots)
        {
            var (holder, allowed) = SlotDecision.Decide(_holders, slots, DatabaseNow);
            _holders = [.. _holders.Where(other => other.Replica != holder.Replica), holder];
            return new LimitAnswer(null, allowed);
        }

        (_count, var answer) = CountDecision.Decide(_count, ask.Count!, DatabaseNow);
        return new LimitAnswer(answer, null);
    }
}

internal sealed class LimitReplica(Guid id, LimitClock clock, Gauge gauge, DateTimeOffset heardAt)
{
    public Guid Id { get; } = id;

    public LimitClock Clock { get; } = clock;

    public Gauge Gauge { get; } = gauge;

    /// <summary>When the database answered last.</summary>
    public DateTimeOffset HeardAt { get; set; } = heardAt;
}

internal enum ExchangeFate
{
    Done,

    /// <summary>The database never had it.</summary>
    Failed,

    /// <summary>The database has decided; the replica does not know.</summary>
    AnswerLost,
}
