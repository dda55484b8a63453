using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Workloads;

namespace Platform.Metering.Intake;

/// <summary>The events of one request and what became of each. Pure: every step refuses by its own rule, whatever is left goes on.</summary>
internal sealed class IntakeBatch(IReadOnlyList<UsageEvent> events)
{
    private readonly RecordResult?[] _results = new RecordResult?[events.Count];
    private readonly IntakeRow?[] _rows = new IntakeRow?[events.Count];
    private readonly string?[] _workloadRules = new string?[events.Count];

    public IReadOnlyList<UsageEvent> Events => events;

    /// <summary>One an event once <see cref="Answer"/> was called.</summary>
    public IReadOnlyList<RecordResult?> Results => _results;

    /// <summary>Events that nothing speaks against so far.</summary>
    public IEnumerable<UsageEvent> Pending => events.Where((_, index) => _results[index] is null);

    /// <summary>Rated events that nothing speaks against, in the order in which they were told.</summary>
    public IEnumerable<IntakeRow> Rows => _rows.Where((row, index) => row is not null && _results[index] is null)!;

    /// <param name="isImport">As in <see cref="EventCheck.Check"/>.</param>
    public void Check(DateTimeOffset now, bool isImport) => ForEachPending((index, usage) =>
    {
        if (EventCheck.Check(usage, now, isImport) is { } error)
        {
            Refuse(index, RecordOutcome.Invalid, error);
        }
    });

    public void RefuseTeams(IReadOnlySet<string> unknown)
    {
        if (unknown.Count > 0)
        {
            ForEachPending((index, usage) =>
            {
                if (unknown.Contains(usage.TeamId))
                {
                    Refuse(index, RecordOutcome.UnknownTeam, $"There is no team '{usage.TeamId}'; create it or correct team_id.");
                }
            });
        }
    }

    /// <summary>Gives events that name no workload that of the first rule that takes them. A correction has its record's.</summary>
    public void Classify(WorkloadRuleSet rules) => ForEachPending((index, usage) =>
    {
        if (usage.Workload.Length == 0 && usage.CorrectsRecordId.Length == 0 && rules.Find(WorkloadSubject.Of(usage)) is { } rule)
        {
            (usage.Workload, _workloadRules[index]) = (rule.Workload, rule.Name);
        }
    });

    /// <summary>Records that pending corrections speak of.</summary>
    public Guid[] Corrected => [.. Pending.Where(usage => usage.CorrectsRecordId.Length > 0).Select(usage => Guid.Parse(usage.CorrectsRecordId)).Distinct()];

    /// <summary>Rates what is left. A correction speaks of a stored record, of its team and funding, and keeps its context tier, lease and bound.</summary>
    /// <param name="corrected">The stored ones of <see cref="Corrected"/>.</param>
    public void Rate(PriceSnapshot prices, string currency, IReadOnlyDictionary<Guid, CorrectedRecord> corrected) => ForEachPending((index, usage) =>
    {
        CorrectedRecord? record = null;
        if (usage.CorrectsRecordId.Length > 0 && !TryFindCorrected(index, usage, corrected, out record))
        {
            return;
        }

        if (record is not null && usage.Workload.Length == 0)
        {
            (usage.Workload, _workloadRules[index]) = (record.Workload, record.WorkloadRule);
        }

        var rated = RatedUsage.Rate(usage, prices, currency, record?.InputTokens);
        if (rated is null)
        {
            Refuse(index, RecordOutcome.Invalid, "The cost of these tokens leaves the range of an event (ten million units of currency).");
            return;
        }

        // Whoever corrects need not know how the attempt was funded; where its record had no price, the correction is what posts it.
        rated = record is null ? rated : rated with { LeaseId = record.LeaseId, BoundNanos = record.BoundNanos };
        _rows[index] = new IntakeRow(_workloadRules[index] is { } rule ? rated with { WorkloadRule = rule } : rated);
    });

    /// <summary>Answers what is left by what became of its row in the database, once that is durable.</summary>
    public void Answer() => ForEachPending((index, _) => _results[index] = ResultOf(_rows[index]!));

    public RecordResponse ToResponse() => new() { Results = { _results } };

    private static RecordResult ResultOf(IntakeRow row)
    {
        var (usage, first) = (row.Usage, row.RepeatOf ?? row);
        if (row.IsStored)
        {
            return new RecordResult
            {
                RecordId = usage.RecordId.ToString(), CostNanos = usage.Cost?.TotalNanos ?? 0,
                Outcome = usage.Cost is null ? RecordOutcome.AcceptedUnpriced : RecordOutcome.Accepted,
            };
        }

        var known = first.IsStored ? new KnownRecord(first.Usage.RecordId, first.Usage.Cost?.TotalNanos) : first.Known;
        return known is { } record
            ? new RecordResult { RecordId = record.RecordId.ToString(), Outcome = RecordOutcome.Duplicate, CostNanos = record.CostNanos ?? 0 }
            // Never "duplicate": the teller would think that its own figures stand.
            : new RecordResult
            {
                Outcome = RecordOutcome.Invalid,
                Message = first.Refusal ?? $"Attempt {usage.AttemptId} is recorded already, by another source or event_id. Correct that record instead.",
            };
    }

    private bool TryFindCorrected(int index, UsageEvent usage, IReadOnlyDictionary<Guid, CorrectedRecord> corrected, out CorrectedRecord? record)
    {
        var id = Guid.Parse(usage.CorrectsRecordId);
        if (!corrected.TryGetValue(id, out record))
        {
            Refuse(index, RecordOutcome.Invalid, $"corrects_record_id {id} is no stored record, or one that is no longer kept.");
            return false;
        }

        if (record.TeamId != usage.TeamId || record.Funding != usage.Funding)
        {
            Refuse(index, RecordOutcome.Invalid, $"A correction of {id} must name its team '{record.TeamId}' and its funding.");
            return false;
        }

        // So that the corrections of a record that is kept are kept too, and what it has cost so far is known.
        if (usage.OccurredAt.ToDateTimeOffset().TruncateToMicroseconds() < record.OccurredAt)
        {
            Refuse(index, RecordOutcome.Invalid, $"A correction of {id} cannot have occurred before it ({record.OccurredAt:O}); give it that time or a later one.");
            return false;
        }

        return true;
    }

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
