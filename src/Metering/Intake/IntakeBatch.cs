using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Workloads;

namespace Platform.Metering.Intake;

/// <summary>The events of one request and what became of each. Pure: every step refuses by its own rule, whatever is left goes on.</summary>
/// <param name="granted">What leases were granted, by id, where their holder tells the events; empty for all others.</param>
internal sealed class IntakeBatch(IReadOnlyList<UsageEvent> events, IReadOnlyDictionary<Guid, long> granted)
{
    private readonly UsageEvent[] _events = [.. events];
    private readonly CorrectedRecord?[] _corrected = new CorrectedRecord?[events.Count];
    private readonly RecordResult?[] _results = new RecordResult?[events.Count];
    private readonly IntakeRow?[] _rows = new IntakeRow?[events.Count];
    private readonly string?[] _workloadRules = new string?[events.Count];

    public IReadOnlyList<UsageEvent> Events => _events;

    /// <summary>One an event once <see cref="Answer"/> was called.</summary>
    public IReadOnlyList<RecordResult?> Results => _results;

    /// <summary>Events that nothing speaks against so far.</summary>
    public IEnumerable<UsageEvent> Pending => _events.Where((_, index) => _results[index] is null);

    /// <summary>Those of them that <see cref="Classify"/> looks at.</summary>
    public IEnumerable<UsageEvent> Unclassified => Pending.Where(IsUnclassified);

    /// <param name="isImport">As in <see cref="EventCheck.Check"/>.</param>
    public void Check(DateTimeOffset now, bool isImport) => ForEachPending((index, usage) =>
    {
        if (EventCheck.Check(usage, isImport) is { } error)
        {
            Refuse(index, RecordOutcome.Invalid, error);
        }
        else if (EventCheck.CheckAhead(usage, now) is { } early)
        {
            Refuse(index, RecordOutcome.Invalid, early);
            _results[index]!.TakenFrom = (usage.OccurredAt.ToDateTimeOffset() - EventCheck.MostAhead).ToTimestampUtc();
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
        if (IsUnclassified(usage) && rules.Find(WorkloadSubject.Of(usage)) is { } rule)
        {
            (usage.Workload, _workloadRules[index]) = (rule.Workload, rule.Name);
        }
    });

    /// <summary>Records that pending corrections speak of.</summary>
    public Guid[] Corrected => [.. Pending.Where(usage => usage.CorrectsRecordId.Length > 0).Select(usage => Guid.Parse(usage.CorrectsRecordId)).Distinct()];

    /// <summary>Completes corrections by their records; refuses those that speak of no stored record, or against it.</summary>
    /// <param name="corrected">The stored ones of <see cref="Corrected"/>.</param>
    public void Complete(IReadOnlyDictionary<Guid, CorrectedRecord> corrected) => ForEachPending((index, usage) =>
    {
        if (usage.CorrectsRecordId.Length == 0)
        {
            return;
        }

        if (!corrected.TryGetValue(Guid.Parse(usage.CorrectsRecordId), out var record))
        {
            Refuse(index, RecordOutcome.Invalid, $"corrects_record_id {usage.CorrectsRecordId} is no stored record, or one that is no longer kept.");
        }
        else if (CorrectionEvent.Complaint(usage, record) is { } complaint)
        {
            Refuse(index, RecordOutcome.Invalid, complaint);
        }
        else
        {
            (_events[index], _corrected[index]) = (CorrectionEvent.Complete(usage, record), record);
            _workloadRules[index] = record.WorkloadRule;
        }
    });

    /// <summary>Rates what is left, and what a change of the price book left behind. A correction keeps its record's price and context tier.</summary>
    /// <returns>The rated rows, in the order in which they were told.</returns>
    public List<IntakeRow> Rate(PriceSnapshot prices, string currency)
    {
        var rows = new List<IntakeRow>(_events.Length);
        var own = prices.In(currency);
        ForEachPending((index, usage) =>
        {
            if (_rows[index] is null or { IsStale: true } && RateOne(index, usage, own, currency) is { } row)
            {
                rows.Add(row);
            }
        });
        return rows;
    }

    private IntakeRow? RateOne(int index, UsageEvent usage, PriceSnapshot prices, string currency)
    {
        var rated = RatedUsage.Rate(usage, prices, currency, _corrected[index]?.InputTokens, _corrected[index]?.Event.OccurredAt.ToDateTimeOffset());
        if (rated is null)
        {
            Refuse(index, RecordOutcome.Invalid, "The cost of these tokens leaves the range of an event (ten million units of currency).");
            return null;
        }

        return _rows[index] = new IntakeRow(_workloadRules[index] is { } rule ? rated with { WorkloadRule = rule } : rated, prices.Revision)
        {
            LeaseGranted = rated.LeaseId is { } leaseId && granted.TryGetValue(leaseId, out var nanos) ? nanos : null,
        };
    }

    /// <summary>Answers what is left by what became of its row in the database, once that is durable.</summary>
    public void Answer() => ForEachPending((index, _) => _results[index] = ResultOf(_rows[index]!));

    public RecordResponse ToResponse() => new() { Results = { _results } };

    private static RecordResult ResultOf(IntakeRow row)
    {
        var (usage, first) = (row.Usage, row.RepeatOf ?? row);
        if (row.IsStored)
        {
            return Result(usage.Cost is null ? RecordOutcome.AcceptedUnpriced : RecordOutcome.Accepted, usage.RecordId, usage.Cost?.TotalNanos);
        }

        var known = first.IsStored ? new KnownRecord(first.Usage.RecordId, first.Usage.Cost?.TotalNanos) : first.Known;
        return known is { } record
            ? Result(RecordOutcome.Duplicate, record.RecordId, record.CostNanos, Otherwise(record.CostNanos, usage.Cost?.TotalNanos))
            // Never "duplicate": the teller would think that its own figures stand.
            : new RecordResult
            {
                Outcome = RecordOutcome.Invalid,
                Message = first.Refusal ?? $"Attempt {usage.AttemptId} is recorded already, by another source or event_id. Correct that record instead.",
            };
    }

    private static RecordResult Result(RecordOutcome outcome, Guid recordId, long? costNanos, string message = "")
    {
        var result = new RecordResult { Outcome = outcome, RecordId = recordId.ToString(), Message = message };
        if (costNanos is { } known)
        {
            result.CostNanos = known;
        }

        return result;
    }

    /// <summary>A repeat that costs otherwise is perhaps another call under an id that was used: its teller is to know that nothing of it was taken.</summary>
    private static string Otherwise(long? before, long? now) => before is { } recorded && now is { } told && recorded != told
        ? $"Recorded before at {new Money(recorded)}; as it is told now it would cost {new Money(told)}. Nothing changed. If it is another call, give it another event_id."
        : "";

    private void Refuse(int index, RecordOutcome outcome, string message) => _results[index] = new RecordResult { Outcome = outcome, Message = message };

    private static bool IsUnclassified(UsageEvent usage) => usage.Workload.Length == 0 && usage.CorrectsRecordId.Length == 0;

    private void ForEachPending(Action<int, UsageEvent> step)
    {
        for (var index = 0; index < _events.Length; index++)
        {
            if (_results[index] is null)
            {
                step(index, _events[index]);
            }
        }
    }
}
