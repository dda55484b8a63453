namespace Platform.Metering.Intake;

/// <summary>A rated event on its way into the database, and what became of it there.</summary>
/// <param name="priceRevision">Of the price book that it was rated by.</param>
internal sealed class IntakeRow(RatedUsage usage, long priceRevision)
{
    private readonly RatedUsage _rated = usage;
    private RatedUsage? _settled;

    /// <summary>As it was rated, until its cost is settled in the transaction.</summary>
    public RatedUsage Usage => _settled ?? _rated;

    public long PriceRevision { get; } = priceRevision;

    /// <summary>Of what a lease holder tells, what its lease was granted and has not returned; null for all else.</summary>
    public long? LeaseGranted { get; init; }

    /// <summary>True when the price book changed before the row came in: nothing was done, it is to be rated anew and told again.</summary>
    public bool IsStale { get; set; }

    /// <summary>The row of the same group that told of the same event before; null for the first.</summary>
    public IntakeRow? RepeatOf { get; set; }

    /// <summary>True once it is in the transaction.</summary>
    public bool IsStored { get; set; }

    /// <summary>What is stored under its key since before; null when it is stored now, or not at all.</summary>
    public KnownRecord? Known { get; set; }

    /// <summary>Why the database's state refuses it; null when it does not.</summary>
    public string? Refusal { get; set; }

    /// <summary>Of a correction: what it comes to with its record as it stands.</summary>
    public void Settle(Rating.Cost cost) => _settled = _rated with { Cost = cost };

    /// <summary>For another try: nothing of the one before stands.</summary>
    public void Reset() => (_settled, RepeatOf, IsStored, IsStale, Known, Refusal) = (null, null, false, false, null, null);
}

/// <param name="CostNanos">Null for an unpriced one.</param>
internal readonly record struct KnownRecord(Guid RecordId, long? CostNanos);
