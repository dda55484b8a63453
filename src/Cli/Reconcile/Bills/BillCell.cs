using Platform.Cli.ProviderFiles;
using Platform.Contracts;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>What is compared with what: a UTC day, as bills are, of one name of the bill (a key, a project, or all) and one model (or all).</summary>
internal readonly record struct BillKey(DateOnly Day, string Name, string Model)
{
    public BillKey On(DateOnly day) => this with { Day = day };
}

/// <summary>What the bill says of a cell. Amounts are nano-units, exact: a bill may state fractions of one.</summary>
internal sealed class BillSide
{
    public int Rows { get; set; }

    /// <summary>Those that have an amount; the others count tokens.</summary>
    public int CostRows { get; set; }

    public decimal Nanos { get; set; }

    /// <summary>What the bill gives back: its negative amounts, zero or less.</summary>
    public decimal CreditNanos { get; set; }

    public Dictionary<TokenKind, decimal> NanosByKind { get; } = [];

    /// <summary>Null when nothing in the files counts this cell's tokens.</summary>
    public TokenCounts? Tokens { get; set; }

    /// <summary>False where the bill counts what was written to caches as plain input.</summary>
    public bool CacheWritesApart { get; set; } = true;

    public long? Requests { get; set; }

    /// <summary>Tokens that stand beside amounts, and how many rows have them.</summary>
    public TokenCounts Quantities { get; set; }

    public int QuantityRows { get; set; }

    /// <summary>True for an item that is no model's tokens; its text stands for the model.</summary>
    public bool IsItem { get; set; }
}

/// <summary>What was recorded in the first or in the last minutes of a cell's day.</summary>
internal readonly record struct DayEdge(long Records, long Nanos, long Tokens)
{
    public DayEdge Add(long nanos, long tokens) => new(Records + 1, Nanos + nanos, Tokens + tokens);

    public static DayEdge operator +(DayEdge left, DayEdge right) => new(left.Records + right.Records, left.Nanos + right.Nanos, left.Tokens + right.Tokens);
}

/// <summary>What our records say of a cell, corrections and refunds on the day that they name as theirs.</summary>
internal sealed class RecordSide
{
    public long Records { get; set; }

    /// <summary>Calls that a provider may bill: an imported sum stands for many, a correction for none, and what failed without usage is not counted.</summary>
    public long Requests { get; set; }

    public long Nanos { get; set; }

    public Dictionary<TokenKind, long> NanosByKind { get; } = [];

    /// <summary>Part of the cost: money without tokens (<c>kt usage adjust</c>), less than nothing where more is given back than charged.</summary>
    public long AdjustedNanos { get; set; }

    public TokenCounts Tokens { get; set; }

    /// <summary>How many figures were rounded to nano-units.</summary>
    public long RoundedFigures { get; set; }

    public long Unpriced { get; set; }

    public long UnpricedTokens { get; set; }

    /// <summary>Attempts that the client or the provider broke off.</summary>
    public long BrokenOff { get; set; }

    public SortedSet<long> PriceIds { get; } = [];

    public string Currency { get; set; } = "";

    public DayEdge Early { get; set; }

    public DayEdge Late { get; set; }

    public void Add(RecordSide other)
    {
        Records += other.Records;
        Requests += other.Requests;
        Nanos += other.Nanos;
        AdjustedNanos += other.AdjustedNanos;
        Tokens += other.Tokens;
        RoundedFigures += other.RoundedFigures;
        Unpriced += other.Unpriced;
        UnpricedTokens += other.UnpricedTokens;
        BrokenOff += other.BrokenOff;
        PriceIds.UnionWith(other.PriceIds);
        Currency = Currency.Length == 0 ? other.Currency : Currency;
        Early += other.Early;
        Late += other.Late;
        foreach (var (kind, nanos) in other.NanosByKind)
        {
            NanosByKind[kind] = NanosByKind.GetValueOrDefault(kind) + nanos;
        }
    }
}

/// <summary>Both sides of one cell.</summary>
internal sealed record BillCell(BillKey Key, BillSide Bill, RecordSide Records)
{
    public bool IsOnBill => Bill.Rows > 0;

    public bool IsInRecords => Records.Records > 0;

    /// <summary>Bill less records, in nano-units.</summary>
    public decimal CostGap => Bill.Nanos - Records.Nanos;

    /// <summary>Bill less records; null when the bill does not count tokens.</summary>
    public TokenCounts? TokenGap =>
        Bill.Tokens is { } tokens ? tokens - (Bill.CacheWritesApart ? Records.Tokens : Records.Tokens.WithoutCacheWrites()) : null;

    /// <summary>Half a nano-unit for each figure that was rounded once: what rating each call apart may differ from rating their sum.</summary>
    public decimal RoundingBound => Records.RoundedFigures * 0.5m;

    /// <summary>Nothing of either side needs to be said.</summary>
    public bool IsEmpty => Bill.Nanos == 0 && (Bill.Tokens ?? default) == default && Records.Nanos == 0 && Records.Tokens == default && Records.Unpriced == 0;
}

/// <summary>An attempt without an end, which the bill may have and the records cannot.</summary>
/// <param name="Name">Whose it is, as records are named; null where its hold does not say: it may be anybody's.</param>
internal sealed record OpenAttempt(string AttemptId, DateOnly Day, string? Name, string Model, Money Reserved, string State, string Reason);
