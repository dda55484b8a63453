namespace Platform.Rating;

/// <summary>Cost by kind in nano-units, each rounded once; the total is their exact sum.</summary>
/// <param name="AdjustmentNanos">Money without tokens, which no price makes; negative where it is given back.</param>
public readonly record struct Cost(
    long InputNanos,
    long CachedInputNanos,
    long CacheWriteNanos,
    long OutputNanos,
    long ReasoningNanos,
    long RequestNanos,
    long CacheWriteHourNanos = 0,
    long AdjustmentNanos = 0)
{
    public long TotalNanos => checked(InputNanos + CachedInputNanos + CacheWriteNanos + CacheWriteHourNanos + OutputNanos + ReasoningNanos + RequestNanos + AdjustmentNanos);

    /// <summary>Kind by kind: what a correction of the price alone amounts to.</summary>
    public static Cost operator -(Cost left, Cost right) => new(
        checked(left.InputNanos - right.InputNanos), checked(left.CachedInputNanos - right.CachedInputNanos), checked(left.CacheWriteNanos - right.CacheWriteNanos),
        checked(left.OutputNanos - right.OutputNanos), checked(left.ReasoningNanos - right.ReasoningNanos), checked(left.RequestNanos - right.RequestNanos),
        checked(left.CacheWriteHourNanos - right.CacheWriteHourNanos), checked(left.AdjustmentNanos - right.AdjustmentNanos));

    public static Cost operator +(Cost left, Cost right) => left - (default(Cost) - right);
}
