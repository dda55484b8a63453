namespace Platform.Rating;

/// <summary>Cost by kind in nano-units, each rounded once; the total is their exact sum.</summary>
public readonly record struct Cost(
    long InputNanos,
    long CachedInputNanos,
    long CacheWriteNanos,
    long OutputNanos,
    long ReasoningNanos,
    long RequestNanos)
{
    public long TotalNanos => checked(InputNanos + CachedInputNanos + CacheWriteNanos + OutputNanos + ReasoningNanos + RequestNanos);
}
