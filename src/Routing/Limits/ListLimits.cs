using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Policies;

namespace Platform.Routing.Limits;

/// <summary>How the limits stand, from the database: over all replicas.</summary>
internal sealed class ListLimits(LimitStore store, RoutingTableReplica policy)
{
    private const int DefaultTop = 200;
    private const int MaxTop = 1_000;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: a limit that the policy does not have, or top.</exception>
    public async Task<ListLimitsResponse> RunAsync(ListLimitsRequest request, CancellationToken cancellationToken)
    {
        if (request.Top is < 0 or > MaxTop)
        {
            throw RpcErrors.InvalidArgument($"top must be 0 to {MaxTop}.");
        }

        if (request.Limit.Length > 0 && !policy.Current.Limits.Any(limit => limit.Name == request.Limit))
        {
            var known = policy.Current.Limits.Count == 0 ? "none" : string.Join(", ", policy.Current.Limits.Select(limit => limit.Name));
            throw RpcErrors.InvalidArgument($"There is no limit '{Validation.Shown(request.Limit)}'; the policy has {known}.");
        }

        var limits = policy.Current.Limits.Where(limit => request.Limit.Length == 0 || limit.Name == request.Limit).ToDictionary(limit => limit.Name, StringComparer.Ordinal);
        var uses = await ReadCountsAsync(limits, cancellationToken);
        uses.AddRange(await ReadHoldersAsync(limits, cancellationToken));
        uses.RemoveAll(use => request.Subject.Length > 0 && use.Subject != request.Subject);
        uses.Sort(FullestFirst);
        var top = request.Top == 0 ? DefaultTop : request.Top;
        return new ListLimitsResponse { Uses = { uses.Take(top) }, More = uses.Count > top, Limits = { limits.Values.Select(ToMessage) } };
    }

    private async Task<List<LimitUse>> ReadCountsAsync(Dictionary<string, RouteLimit> limits, CancellationToken cancellationToken)
    {
        var uses = new List<LimitUse>();
        foreach (var (key, state, now) in await store.ReadCountsAsync(limits.Keys, cancellationToken))
        {
            if (key.Measure != LimitMeasure.ParallelRequests && SpecOf(limits[key.Limit], key.Measure) is { } spec
                && new WindowCount(spec.Window, state.Uses, now) is { Used: > 0 } count)
            {
                var use = Use(limits[key.Limit], key.Subject, spec, count.Used);
                use.ResetsAt = count.EmptyAt.ToTimestampUtc();
                uses.Add(use);
            }
        }

        return uses;
    }

    private async Task<IEnumerable<LimitUse>> ReadHoldersAsync(Dictionary<string, RouteLimit> limits, CancellationToken cancellationToken)
    {
        var holders = await store.ReadHoldersAsync(limits.Keys, cancellationToken);
        return
            from row in holders
            where row.Now - row.Holder.HeardAt < SlotDecision.Silence
            group row.Holder.Held by (row.Limit, row.Subject) into held
            let spec = SpecOf(limits[held.Key.Limit], LimitMeasure.ParallelRequests)
            where spec is not null && held.Sum() > 0
            select Use(limits[held.Key.Limit], held.Key.Subject, spec, held.Sum());
    }

    private static GaugeSpec? SpecOf(RouteLimit limit, LimitMeasure measure) => SubjectCounts.Specs(limit).FirstOrDefault(spec => spec.Measure == measure);

    private static LimitUse Use(RouteLimit limit, string subject, GaugeSpec spec, long used) => new()
    {
        Limit = limit.Name,
        Scope = limit.Scope.ToString().ToLowerInvariant(),
        Subject = subject,
        Measure = spec.Name,
        Most = spec.Limit,
        Used = used,
        Remaining = Math.Max(0, spec.Limit - used),
    };

    private static int FullestFirst(LimitUse one, LimitUse other) =>
        ((Int128)other.Used * one.Most).CompareTo((Int128)one.Used * other.Most) is var byFill and not 0 ? byFill
        : string.CompareOrdinal(one.Limit, other.Limit) is var byName and not 0 ? byName
        : string.CompareOrdinal(one.Subject, other.Subject) is var bySubject and not 0 ? bySubject
        : string.CompareOrdinal(one.Measure, other.Measure);

    private static RateLimit ToMessage(RouteLimit limit) => new()
    {
        Name = limit.Name,
        Scope = limit.Scope.ToString().ToLowerInvariant(),
        Match = limit.Match,
        RequestsPerMinute = limit.RequestsPerMinute,
        TokensPerMinute = limit.TokensPerMinute,
        RequestsPerDay = limit.RequestsPerDay,
        TokensPerDay = limit.TokensPerDay,
        ParallelRequests = limit.ParallelRequests,
        BurstPercent = limit.BurstPercent,
        QueueMs = (int)limit.Queue.TotalMilliseconds,
    };
}
