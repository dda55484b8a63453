using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Prices;
using Platform.Rating;

namespace Platform.Metering.Repricing;

/// <summary>What a price that came late means for a stored record. Pure.</summary>
internal static class RepricingDecision
{
    /// <summary>The corrections of records, each with its own corrections behind it in the order in which they were told; without those that nothing is to be corrected of.</summary>
    /// <param name="version">The price that came.</param>
    /// <returns>With the records that keep the cost that they have, and their corrections theirs, because one of them would leave the range at this price.</returns>
    public static (List<(RepricedRecord Stored, RatedUsage Correction)> Corrections, List<Guid> Kept) DecideAll(IEnumerable<RepricedRecord> records, PriceVersion version, PriceSnapshot book)
    {
        var (corrections, kept) = (new List<(RepricedRecord, RatedUsage)>(), new List<Guid>());
        foreach (var whole in records.GroupBy(stored => stored.CorrectedRecord))
        {
            if (DecideWhole(whole, version, book) is { } decided)
            {
                corrections.AddRange(decided);
            }
            else
            {
                kept.Add(whole.Key);
            }
        }

        return (corrections, kept);
    }

    /// <summary>
    /// Of a record with its corrections. Null where one of them would cost more than a record may, and would have been refused at this price, or all of them more than 64 bits hold: they keep the cost that they
    /// have, and hold no other record up. All of them, because what a correction takes back could be more than its record has cost.
    /// </summary>
    private static List<(RepricedRecord Stored, RatedUsage Correction)>? DecideWhole(IEnumerable<RepricedRecord> whole, PriceVersion version, PriceSnapshot book)
    {
        var (left, corrections) = (default(UsageLeft), new List<(RepricedRecord, RatedUsage)>());
        try
        {
            foreach (var stored in whole)
            {
                var usage = stored.Record.Event;
                RatedUsage? correction = null;
                if (Claims(version, book, stored))
                {
                    if (RatedUsage.CostOf(version.Price, RatedUsage.TokensOf(usage), UsageCalls.BilledOf(usage, stored.UsedTokens), stored.ContextTokens) is not { } due)
                    {
                        return null;
                    }

                    correction = Decide(stored, due, left, version);
                }

                left = new UsageLeft(
                    CorrectionLimit.Sum(left.Tokens, RatedUsage.TokensOf(usage)), left.Cost + (stored.Cost ?? default) + (correction?.Cost ?? default), left.Calls + UsageCalls.Of(usage));
                if (correction is not null)
                {
                    corrections.Add((stored, correction));
                }
            }
        }
        catch (OverflowException)
        {
            return null;
        }

        return corrections;
    }

    /// <summary>
    /// The correction that takes the record's cost to what it is at the price that its time belongs to, of a correction its record's time; null when nothing is to be corrected. It has no tokens, and
    /// the record itself stays as it is.
    /// </summary>
    /// <param name="due">By its tokens alone.</param>
    /// <param name="before">Of a correction: what it is taken from, at its new cost.</param>
    private static RatedUsage? Decide(RepricedRecord stored, Rating.Cost due, UsageLeft before, PriceVersion version)
    {
        var usage = stored.Record.Event;
        if (usage.CorrectsRecordId.Length > 0)
        {
            due = CorrectionLimit.Settle(due, RatedUsage.TokensOf(usage), UsageCalls.Of(usage), before);
        }

        var difference = due - (stored.Cost ?? default);
        return stored.Cost is not null && difference == default ? null : ToCorrection(stored, version, difference);
    }

    private static bool Claims(PriceVersion version, PriceSnapshot book, RepricedRecord stored)
    {
        var subject = RatedUsage.SubjectOf(stored.Record.Event);
        var kept = stored.Cost is null ? null : book.KeptBy(stored.RatedAt, subject, stored.PricedAt);
        return Claims(version, book, stored, subject) || (kept is { } other && Claims(version, book, stored, other));
    }

    // In force when it was sent, though it came later; or, for what has no price at all, the first one that there is. Where that one supersedes another, what the other rated so is its own.
    private static bool Claims(PriceVersion version, PriceSnapshot book, RepricedRecord stored, PriceSubject subject) =>
        (stored.Cost is null || book.MayTakeOver(version, stored.RatedAt, subject, stored.PricedAt))
        && (book.Find(0, subject, stored.PricedAt) is { } inForce
            ? inForce.Price.PriceId == version.Price.PriceId && (stored.Cost is null || version.CameTooLateFor(stored.PricedAt))
            : (stored.Cost is null || (book.Supersedes(version) && WasRatedByFirst(stored.Record, book))) && book.FirstFor(subject)?.Price.PriceId == version.Price.PriceId);

    // It came without a price and was rated later; what takes such a record back has the price that it had then.
    private static bool WasRatedByFirst(UsageRecord record, PriceSnapshot book) => record.Cost is null || book.ById(record.Event.PriceId) is { IsSuperseded: true };

    private static RatedUsage ToCorrection(RepricedRecord stored, PriceVersion version, Rating.Cost difference)
    {
        var usage = CorrectionEvent.Of(stored.Record.Event, stored.Record.RecordId);
        usage.Source = RepriceUsage.Source;
        usage.EventId = $"{stored.Record.RecordId}/{version.Price.PriceId}";
        usage.PriceId = version.Price.PriceId;
        if (stored.Cost is not null)
        {
            // What was set aside for the attempt is posted and gone: the difference is the wallet's own.
            usage.LeaseId = "";
            usage.BoundNanos = 0;
        }

        return new RatedUsage(
            usage, DerivedId.OfRecord(usage.Source, usage.EventId), Guid.Parse(usage.AttemptId), Guid.Parse(usage.CallId), Guid.Parse(usage.CorrectsRecordId),
            usage.OccurredAt.ToDateTimeOffset(), default, version.Price.PriceId, difference)
        {
            PricedAt = stored.PricedAt,

            // Of a correction: its record's first price takes the hold or the lease, and nothing of the attempt may be posted before that.
            AwaitsRecord = stored.Cost is not null || stored.Record.Event.CorrectsRecordId.Length > 0,
            PricedCalls = stored.Cost is null ? UsageCalls.Of(stored.Record.Event) : 0,
        };
    }
}
