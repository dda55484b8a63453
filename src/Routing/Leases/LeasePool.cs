using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Platform.Routing.Leases;

/// <summary>
/// The leases of this replica. A call draws from the lease of its subject, in memory; what a lease needs of Wallet (more money, a heartbeat, its end) is
/// done beside the calls, one operation at a time for each lease. Only a call that finds no money waits, for a bounded time, and then takes a hold of its own.
/// </summary>
internal sealed class LeasePool : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RedirectDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>A call that found others drawing what it waited for tries so many times.</summary>
    private const int Rounds = 3;

    /// <summary>So many operations are with Wallet at once; the others have their turn after them (docs/decisions/0303).</summary>
    private const int AtOnce = 32;

    private readonly LeaseOperations _operations;
    private readonly LeaseOptions _options;
    private readonly TimeProvider _time;
    private readonly LeaseMetrics _metrics;
    private readonly ConcurrentDictionary<LeaseSubject, HeldLease> _subjects = new();
    private readonly ConcurrentDictionary<Guid, HeldLease> _leases = new();
    private readonly ConcurrentDictionary<Guid, long> _lately = new();
    private readonly SemaphoreSlim _turns = new(AtOnce);
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationToken _endedToken;
    private readonly TaskCompletionSource _bug = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _scopesRevision;
    private volatile bool _stopping;

    public LeasePool(LeaseOperations operations, LeaseMetrics metrics, IHostApplicationLifetime lifetime, IOptions<LeaseOptions> options, TimeProvider time)
    {
        _operations = operations;
        _metrics = metrics;
        _options = options.Value;
        _time = time;
        _endedToken = _ended.Token;
        lifetime.ApplicationStopping.Register(RetireAll);
        metrics.Meter.CreateObservableGauge("kt.routing.lease.undrawn", () => _leases.Values.Sum(lease => lease.Totals.UndrawnNanos), "{nano}", "Set aside in leases and not drawn.");
        metrics.Meter.CreateObservableGauge("kt.routing.leases", () => _leases.Count, "{lease}", "Leases held.");
    }

    /// <summary>True for a lease that this process holds, or has ended so lately that a list of leases may still have it.</summary>
    public bool Owns(Guid leaseId) => _leases.ContainsKey(leaseId) || _lately.ContainsKey(leaseId);

    /// <summary>The lease that the bound was drawn from; null when the call needs a hold of its own.</summary>
    public ValueTask<HeldLease?> DrawAsync(LeaseSubject subject, long boundNanos, CancellationToken cancellationToken)
    {
        if (_subjects.TryGetValue(subject, out var lease) && lease.TryDraw(boundNanos))
        {
            _metrics.Drawn(fromLease: true);
            return ValueTask.FromResult<HeldLease?>(lease);
        }

        return DrawSlowlyAsync(subject, boundNanos, cancellationToken);
    }

    /// <summary>How the wallet of a subject stands, as far as this replica knows; asks nobody.</summary>
    public WalletStanding StandingOf(LeaseSubject subject) => _subjects.TryGetValue(subject, out var lease) ? lease.Standing : WalletStanding.Unknown;

    /// <summary>As <see cref="StandingOf(LeaseSubject)"/>, of any of a team's callers, whichever was heard of last; for people.</summary>
    public WalletStanding StandingOfTeam(string teamId) =>
        _subjects.Where(pair => pair.Key.TeamId == teamId && pair.Value.Standing != WalletStanding.Unknown).Select(pair => pair.Value.Standing).LastOrDefault(WalletStanding.Unknown);

    /// <summary>Wallet wants a lease back. False when this process does not hold it.</summary>
    public bool Recall(Guid leaseId)
    {
        if (!_leases.TryGetValue(leaseId, out var lease))
        {
            return false;
        }

        lease.Retire();
        Consider(lease);
        return true;
    }

    /// <summary>
    /// Who is charged for whom is at this revision. When it is new, the next call of every subject asks Wallet again; leases stay, and are found by their scope.
    /// </summary>
    public void ScopesAreAt(long revision)
    {
        if (Interlocked.Exchange(ref _scopesRevision, revision) != revision)
        {
            _subjects.Clear();
        }
    }

    /// <summary>Gives back what calls in flight do not need, at once; the rest as they end.</summary>
    public void RetireAll()
    {
        _stopping = true;
        foreach (var lease in _leases.Values)
        {
            lease.Retire();
            Consider(lease);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        RetireAll();
        var limit = _time.GetTimestamp() + (_options.StopSeconds * _time.TimestampFrequency);
        while (!_leases.IsEmpty && _time.GetTimestamp() < limit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, CancellationToken.None);
        }

        await _ended.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _ended.Dispose();
        _turns.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = Task.Delay(LookInterval, _time, stoppingToken);
            if (await Task.WhenAny(pause, _bug.Task) == _bug.Task)
            {
                await _bug.Task;
            }

            foreach (var lease in _leases.Values)
            {
                Consider(lease);
            }

            foreach (var ended in _lately.Where(ended => _time.GetElapsedTime(ended.Value) > Lately))
            {
                _lately.TryRemove(ended);
            }
        }
    }

    private async ValueTask<HeldLease?> DrawSlowlyAsync(LeaseSubject subject, long boundNanos, CancellationToken cancellationToken)
    {
        var waitUntil = _time.GetTimestamp() + (_options.WaitMs * _time.TimestampFrequency / 1000);
        for (var round = 1; round <= Rounds && !_stopping; round++)
        {
            var lease = FindOrMake(subject);
            var answer = lease.NextAnswer;
            if (lease.TryDraw(boundNanos))
            {
                _metrics.Drawn(fromLease: true);
                return lease;
            }

            lease.WaitFor(boundNanos);
            Consider(lease);
            var left = _time.GetElapsedTime(_time.GetTimestamp(), waitUntil);

            // In this order: an operation that ends in between has answered.
            if ((!lease.IsOperating && !answer.IsCompleted) || left <= TimeSpan.Zero)
            {
                break;
            }

            await Task.WhenAny(answer, Task.Delay(left, _time, cancellationToken));
        }

        _metrics.Drawn(fromLease: false);
        return null;
    }

    private HeldLease FindOrMake(LeaseSubject subject)
    {
        while (true)
        {
            var found = _subjects.GetValueOrDefault(subject);
            if (found is { IsRetired: false })
            {
                return found;
            }

            var made = new HeldLease(Guid.CreateVersion7(_time.GetUtcNow()), subject, _options, _time, Attend) { Standing = found?.Standing ?? WalletStanding.Unknown };
            _leases[made.Id] = made;
            if (found is null ? _subjects.TryAdd(subject, made) : _subjects.TryUpdate(subject, made, found))
            {
                return made;
            }

            // The pool's look may have come by meanwhile, and have asked for it.
            if (made.TryDiscard())
            {
                _leases.TryRemove(made.Id, out _);
            }
            else
            {
                made.Retire();
                Consider(made);
            }
        }
    }

    /// <summary>Called from draws and give-backs: they do not do its work.</summary>
    private void Attend(HeldLease lease) => ThreadPool.UnsafeQueueUserWorkItem(Consider, lease, preferLocal: false);

    private void Consider(HeldLease lease)
    {
        var action = lease.BeginOperation();
        if (action != LeaseAction.Nothing)
        {
            _ = OperateAsync(lease, action);
        }
    }

    private async Task OperateAsync(HeldLease lease, LeaseAction action)
    {
        try
        {
            while (action != LeaseAction.Nothing)
            {
                await RunInTurnAsync(lease, action);
                lease.EndOperation();
                action = lease.BeginOperation();
            }
        }
        catch (Exception exception)
        {
            // Nobody waits for this task: the pool's own fails with it, and with that the process.
            _bug.TrySetException(exception);
        }
    }

    /// <summary>At the pool's end those that wait find their calls cancelled.</summary>
    private async Task RunInTurnAsync(HeldLease lease, LeaseAction action)
    {
        await _turns.WaitAsync(CancellationToken.None);
        try
        {
            await RunAsync(lease, action);
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task RunAsync(HeldLease lease, LeaseAction action)
    {
        switch (action)
        {
            case LeaseAction.Ask:
                var result = await _operations.AskAsync(lease, _endedToken);
                if (result.Other is { } other)
                {
                    Redirect(lease, other);
                }

                Heed(lease.Subject, result.ScopesRevision);
                break;
            case LeaseAction.Report:
                HeedReport(await _operations.ReportAsync(lease, _endedToken));
                break;
            case LeaseAction.Close:
                if (await _operations.CloseAsync(lease, _endedToken))
                {
                    lease.Close();
                    _lately[lease.Id] = _time.GetTimestamp();
                    _leases.TryRemove(lease.Id, out _);
                }

                break;
            case LeaseAction.Nothing or LeaseAction.Retire:
                break;
        }
    }

    /// <summary>As when a notice tells of the revision, which notices may be too late for. Nothing was decided of any subject: every next call asks.</summary>
    private void HeedReport(long revision)
    {
        if (IsNews(revision, out _))
        {
            _subjects.Clear();
        }
    }

    /// <summary>Whose calls may draw from what a subject has was decided at this revision.</summary>
    private void Heed(LeaseSubject subject, long revision)
    {
        if (revision == AskResult.NoRevision)
        {
            return;
        }

        if (IsNews(revision, out var known))
        {
            // A change that is told of here first: notices may be away for a while. What the subject has was decided after it.
            var standing = _subjects.GetValueOrDefault(subject);
            _subjects.Clear();
            _ = standing is not null && _subjects.TryAdd(subject, standing);
        }
        else if (revision < known)
        {
            // Decided before a change that is known here already: good for this lease, not for whose calls may draw from it.
            _subjects.TryRemove(subject, out _);
        }
    }

    /// <summary>True when nothing as new was known; it is the known one then.</summary>
    private bool IsNews(long revision, out long known)
    {
        known = Volatile.Read(ref _scopesRevision);
        while (revision > known)
        {
            var found = Interlocked.CompareExchange(ref _scopesRevision, revision, known);
            if (found == known)
            {
                return true;
            }

            known = found;
        }

        return false;
    }

    private void Redirect(HeldLease asked, Guid other)
    {
        if (_leases.TryGetValue(other, out var standing) && !standing.IsRetired)
        {
            _subjects.TryUpdate(asked.Subject, standing, asked);
            asked.Retire();
        }
        else
        {
            // It is being given back, by this process or, for an earlier one, by recovery.
            asked.AskLater(RedirectDelay);
        }
    }
}
