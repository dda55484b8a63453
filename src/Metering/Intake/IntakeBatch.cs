using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;

namespace Platform.Metering.Intake;

/// <summary>The events of one intake and what became of each. Pure: every step refuses by its own rule, whatever is left goes on.</summary>
internal sealed class IntakeBatch(IReadOnlyList<UsageEvent> events)
{
    private readonly RecordResult?[] _results = new RecordResult?[events.Count];
    private readonly RatedUsage?[] _rated = new RatedUsage?[events.Count];

    public IReadOnlyList<UsageEvent> Events => events;

    /// <summary>One an event once <see cref="Stored"/> was called.</summary>
    public IReadOnlyList<RecordResult?> Results => _results;

    /// <summary>Events that nothing speaks against so far.</summary>
    public IEnumerable<UsageEvent> Pending => events.Where((_, index) => _results[index] is null);

    /// <summary>Rated events that nothing speaks against, the first of each identity.</summary>
    public IEnumerable<RatedUsage> Rated => _rated.Where((usage, index) => usage is not null && _results[index] is null).DistinctBy(usage => usage!.RecordId)!;

    public void Check(DateTimeOffset now) => ForEachPending((index, usage) =>
    {
        if (EventCheck.Check(usage, now) is { } error)
        {
            Refuse(index, RecordOutcome.Invalid, error);
        }
    });

    public void RefuseTeams(IReadOnlySet<string> unknown) => ForEachPending((index, usage) =>
    {
        if (unknown.Contains(usage.TeamId))
        {
            Refuse(index, RecordOutcome.UnknownTeam, $"There is no team '{usage.TeamId}'; create it or correct team_id.");
        }
    });

    /// <summary>Records that pending corrections speak of.</summary>
    public Guid[] Corrected => [.. Pending.Where(usage => usage.CorrectsRecordId.Length > 0).Select(usage => Guid.Parse(usage.CorrectsRecordId)).Distinct()];

    public void Rate(PriceSnapshot prices, string currency, IReadOnlyDictionary<Guid, CorrectedRecord> corrected) => ForEachPending((index, usage) =>
    {
        long? contextTokens = usage.CorrectsRecordId.Length > 0 && corrected.TryGetValue(Guid.Parse(usage.CorrectsRecordId), out var record) ? record.InputTokens : null;
        _rated[index] = RatedUsage.Rate(usage, prices, currency, contextTokens);
        if (_rated[index] is null)
        {
            Refuse(index, RecordOutcome.Invalid, "The cost of these tokens leaves the range of an event (ten million units of currency).");
        }
    });

    /// <summary>A correction speaks of a stored record, of its team and funding, and takes back no more than was recorded.</summary>
    public void RefuseCorrections(IReadOnlyDictionary<Guid, CorrectedRecord> stored) => ForEachPending((index, usage) =>
    {
        if (_rated[index]!.CorrectsRecordId is not { } id)
        {
            return;
        }

        if (!stored.TryGetValue(id, out var corrected))
        {
            Refuse(index, RecordOutcome.Invalid, $"corrects_record_id {id} is no stored record.");
        }
        else if (corrected.TeamId != usage.TeamId || corrected.Funding != usage.Funding)
        {
            Refuse(index, RecordOutcome.Invalid, $"A correction of {id} must name its team '{corrected.TeamId}' and its funding.");
        }
        else if (corrected.CostNanos + (_rated[index]!.Cost?.TotalNanos ?? 0) < 0)
        {
            Refuse(index, RecordOutcome.Invalid, $"A correction of {id} cannot take back more than it and its corrections have cost.");
        }
        else
        {
            // Whoever corrects need not know how the attempt was funded; where its record had no price, the correction is what posts it.
            _rated[index] = _rated[index]! with { LeaseId = corrected.LeaseId, BoundNanos = corrected.BoundNanos };
        }
    });

    /// <summary>Answers what is left: accepted where the record is new, duplicate where it was known or came twice in the batch.</summary>
    public void Stored(IReadOnlySet<Guid> inserted, IReadOnlyDictionary<Guid, long?> knownCosts)
    {
        var answered = new HashSet<Guid>();
        ForEachPending((index, _) =>
        {
            var usage = _rated[index]!;
            if (!inserted.Contains(usage.RecordId) && !knownCosts.ContainsKey(usage.RecordId))
            {
                // Never "duplicate": the teller would think that its own figures stand.
                Refuse(index, RecordOutcome.Invalid, $"Attempt {usage.AttemptId} is recorded already, by another source or event_id. Correct that record instead.");
                return;
            }

            var isNew = answered.Add(usage.RecordId) && inserted.Contains(usage.RecordId);
            _results[index] = new RecordResult
            {
                RecordId = usage.RecordId.ToString(),
                Outcome = !isNew ? RecordOutcome.Duplicate : usage.Cost is null ? RecordOutcome.AcceptedUnpriced : RecordOutcome.Accepted,
                CostNanos = (isNew ? usage.Cost?.TotalNanos : CostOfKnown(usage.RecordId)) ?? 0,
            };
        });

        long? CostOfKnown(Guid recordId) => knownCosts.TryGetValue(recordId, out var cost)
            ? cost
            : Array.Find(_rated, usage => usage?.RecordId == recordId)!.Cost?.TotalNanos;
    }

    public RecordResponse ToResponse() => new() { Results = { _results } };

    private void Refuse(int index, RecordOutcome outcome, string message) => _results[index] = new RecordResult { Outcome = outcome, Message = message };

    private void ForEachPending(Action<int, UsageEvent> step)
    {
        for (var index = 0; index < events.Count; index++)
        {
            if (_results[index] is null)
            {
                step(index, events[index]);
            }
        }
    }
}
