using Platform.Contracts;

namespace Platform.Cli.Reconcile;

/// <summary>
/// Joins the legs by attempt. Rows are added in the order in which the legs are read: open holds, bill, meter, ledger, export. Attempts sent before or
/// after the window, by the gateway's clock, are remembered only to tell their bill rows, which the provider's clock may place inside it.
/// </summary>
/// <param name="currency">The organisation's, which all legs but the bill are in.</param>
internal sealed class AttemptBook(DateTimeOffset from, DateTimeOffset to, DateTimeOffset watermark, string currency = "")
{
    private readonly Dictionary<string, Attempt> _attempts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outside = new(StringComparer.Ordinal);
    private readonly HashSet<string> _meteredRecords = new(StringComparer.Ordinal);
    private readonly Dictionary<BillGroupKey, LegSum> _unnamed = [];
    private readonly Dictionary<BillGroupKey, string> _unnamedIn = [];

    /// <summary>The organisation's currency; empty: not known.</summary>
    public string Currency => currency;

    /// <summary>What has been open since before the window is still open; what began after it belongs to the next reconciliation.</summary>
    public void AddOpenHold(string attemptId, string teamId, string model, string state, string reason, DateTimeOffset occurredAt)
    {
        if (occurredAt >= to)
        {
            _outside.Add(attemptId);
            return;
        }

        var attempt = Of(attemptId, teamId, model, "", occurredAt, occurredAt);
        attempt.OpenHold = state;
        attempt.HoldReason = reason;
    }

    /// <param name="billedIn">
    /// The currency of <paramref name="cost"/>; empty: the organisation's. An amount of another one is compared with nothing; that the call is on the bill is. Nothing is nothing in every currency.
    /// </param>
    public void AddBill(string? attemptId, string upstreamKey, string model, Money cost, DateTimeOffset occurredAt, string billedIn = "")
    {
        var isOfAnother = billedIn.Length > 0 && currency.Length > 0 && billedIn != currency && cost != Money.Zero;
        if (string.IsNullOrEmpty(attemptId))
        {
            if (occurredAt >= from && occurredAt < to)
            {
                var key = new BillGroupKey(DateOnly.FromDateTime(occurredAt.UtcDateTime), upstreamKey, model);
                _unnamed[key] = _unnamed.GetValueOrDefault(key).Add(isOfAnother ? Money.Zero : cost);
                if (isOfAnother)
                {
                    _unnamedIn[key] = billedIn;
                }
            }

            return;
        }

        var attempt = Of(attemptId, "", model, "", occurredAt, occurredAt);
        attempt.UpstreamKey = upstreamKey;
        if (isOfAnother)
        {
            attempt.BilledIn = billedIn;
        }
        else
        {
            attempt.Bill = attempt.Bill.Add(cost);
        }
    }

    /// <summary>False when the record is not of the window.</summary>
    /// <param name="isCorrection">It may have a time of its own beyond the window's end: then its attempt is of the window all the same.</param>
    public bool AddMeter(
        string recordId, string attemptId, string teamId, string model, string funding, string upstreamKey, Money cost, DateTimeOffset occurredAt,
        DateTimeOffset recordedAt, bool isCorrection = false)
    {
        _meteredRecords.Add(recordId);
        if (occurredAt < from || occurredAt >= to)
        {
            if (!isCorrection)
            {
                _outside.Add(attemptId);
            }

            return false;
        }

        var attempt = Of(attemptId, teamId, model, funding, occurredAt, recordedAt);
        attempt.OccurredAt = occurredAt;
        attempt.UpstreamKey = upstreamKey;
        attempt.Meter = attempt.Meter.Add(cost);
        return true;
    }

    /// <summary>A posting of a record that was metered after the watermark belongs to the next reconciliation; one of before the window only tells its attempt.</summary>
    public void AddPosting(
        string postingId, string attemptId, string teamId, string model, string funding, Money cost, DateTimeOffset occurredAt, DateTimeOffset recordedAt)
    {
        if (occurredAt < from)
        {
            _outside.Add(attemptId);
            return;
        }

        if (recordedAt > watermark && !_meteredRecords.Contains(postingId))
        {
            return;
        }

        var attempt = Of(attemptId, teamId, model, funding, occurredAt, recordedAt < watermark ? recordedAt : watermark);
        attempt.Ledger = attempt.Ledger.Add(cost);
    }

    /// <summary>A row that was recorded after the watermark belongs to the next reconciliation.</summary>
    public void AddExport(
        string attemptId, string teamId, string model, string funding, Money cost, DateTimeOffset occurredAt, DateTimeOffset recordedAt)
    {
        if (recordedAt > watermark)
        {
            return;
        }

        var attempt = Of(attemptId, teamId, model, funding, occurredAt, recordedAt);
        attempt.Export = attempt.Export.Add(cost);
    }

    /// <summary>Attempts of the window by id, and the groups of what the bill did not name.</summary>
    public (IReadOnlyList<Attempt> Attempts, IReadOnlyList<BillGroup> Groups) Close()
    {
        var attempts = _attempts.Values
            .Where(attempt => !_outside.Contains(attempt.AttemptId) && (!OnlyBilled(attempt) || (attempt.OccurredAt >= from && attempt.OccurredAt < to)))
            .OrderBy(attempt => attempt.AttemptId, StringComparer.Ordinal)
            .ToList();
        var groups = new Dictionary<BillGroupKey, BillGroup>();
        foreach (var (key, bill) in _unnamed)
        {
            groups[key] = new BillGroup(key, bill, default, _unnamedIn.GetValueOrDefault(key, ""));
        }

        foreach (var attempt in attempts.Where(attempt => attempt is { Funding: "leased", Bill.Rows: 0, BilledIn: "", Meter.Rows: > 0 }))
        {
            var key = new BillGroupKey(DateOnly.FromDateTime(attempt.OccurredAt.UtcDateTime), attempt.UpstreamKey, attempt.Model);
            if (groups.TryGetValue(key, out var group))
            {
                attempt.BilledInGroup = true;
                groups[key] = group with { Meter = group.Meter.Add(attempt.Meter.Cost) };
            }
        }

        return (attempts, [.. groups.Values.OrderBy(group => group.Key.Day).ThenBy(group => group.Key.Model, StringComparer.Ordinal)]);
    }

    private static bool OnlyBilled(Attempt attempt) =>
        attempt is { OpenHold: null, Meter.Rows: 0, Ledger.Rows: 0, Export.Rows: 0 };

    private Attempt Of(string attemptId, string teamId, string model, string funding, DateTimeOffset occurredAt, DateTimeOffset latestAt)
    {
        if (!_attempts.TryGetValue(attemptId, out var attempt))
        {
            attempt = new Attempt(attemptId) { OccurredAt = occurredAt };
            _attempts.Add(attemptId, attempt);
        }

        attempt.IsMixed |= Differ(attempt.TeamId, teamId) || Differ(attempt.Model, model);
        attempt.TeamId = attempt.TeamId.Length == 0 ? teamId : attempt.TeamId;
        attempt.Model = attempt.Model.Length == 0 ? model : attempt.Model;
        attempt.Funding = attempt.Funding.Length == 0 ? funding : attempt.Funding;
        attempt.LatestAt = latestAt > attempt.LatestAt ? latestAt : attempt.LatestAt;
        return attempt;
    }

    /// <summary>A leg that does not say is no contradiction.</summary>
    private static bool Differ(string known, string said) => known.Length > 0 && said.Length > 0 && known != said;
}
