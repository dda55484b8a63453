using System.Buffers.Binary;
using System.Numerics;

namespace Platform.Forecast.Segments;

/// <summary>
/// A team's joint futures by day, the whole of today first, in whole nano-units, 0 or more: what dates are read off. Kept as they are for as long as the forecast is, they are most of what an organisation of
/// many small teams takes; so a future has as many bytes a day as its dearest one needs (five up to 1,099 of the currency, six up to 281,474), and nothing is rounded.
/// </summary>
internal sealed class TeamPaths(string teamId, int paths, int days)
{
    private const int Whole = sizeof(long);

    /// <summary>By path, days one after the other, least byte first, and behind them room in which the last is read as a whole number. Null: nothing on any day.</summary>
    private readonly byte[]?[] _paths = new byte[]?[paths];

    public string TeamId => teamId;

    public int Count => paths;

    public int Days => days;

    /// <summary>A copy, made anew each time.</summary>
    public ReadOnlySpan<long> Path(int path)
    {
        var amounts = new long[days];
        if (_paths[path] is { } kept)
        {
            var width = (kept.Length - Whole) / days;
            var mask = unchecked((long)(ulong.MaxValue >> 8 * (Whole - width)));
            for (var day = 0; day < amounts.Length; day++)
            {
                amounts[day] = BinaryPrimitives.ReadInt64LittleEndian(kept.AsSpan(day * width)) & mask;
            }
        }

        return amounts;
    }

    /// <param name="amounts">By day.</param>
    public void Set(int path, ReadOnlySpan<long> amounts)
    {
        var bits = 0L;
        foreach (var amount in amounts)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(amount);
            bits |= amount;
        }

        var width = (Whole * 8 - BitOperations.LeadingZeroCount((ulong)bits) + 7) / 8;
        var kept = width == 0 ? null : new byte[days * width + Whole];
        for (var day = 0; kept is not null && day < days; day++)
        {
            // What is beyond the amount's own bytes is nothing, and is written over by the next.
            BinaryPrimitives.WriteInt64LittleEndian(kept.AsSpan(day * width), amounts[day]);
        }

        _paths[path] = kept;
    }
}
