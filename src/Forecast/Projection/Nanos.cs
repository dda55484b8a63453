using System.Numerics;
using System.Runtime.InteropServices;

namespace Platform.Forecast.Projection;

/// <summary>
/// From statistics back to money. A forecast is computed in doubles, whose 53 bits are exact to a nano-unit up to about nine million units of
/// currency and to one part in 10^15 beyond; what was spent stays a whole number throughout and is only added at the end.
/// </summary>
internal static class Nanos
{
    /// <summary>Rounds half to even; below zero becomes 0, beyond 64 bits the greatest amount.</summary>
    /// <exception cref="ArgumentException">The value is not a number.</exception>
    public static long FromForecast(double nanos)
    {
        // Most of a forecast's work comes through here: what is usual is asked first.
        var rounded = Math.Round(nanos, MidpointRounding.ToEven);
        return rounded is > 0 and < long.MaxValue ? unchecked((long)rounded) : AtTheEnds(nanos);
    }

    /// <summary>Each value times its factor, rounded as <see cref="FromForecast"/> does.</summary>
    /// <param name="nanos">As many as there are values.</param>
    /// <exception cref="ArgumentException">A value is not a number.</exception>
    public static void FromForecasts(ReadOnlySpan<double> values, ReadOnlySpan<double> factors, Span<long> nanos)
    {
        var some = MemoryMarshal.Cast<double, Vector<double>>(values);
        var by = MemoryMarshal.Cast<double, Vector<double>>(factors);
        var into = MemoryMarshal.Cast<long, Vector<long>>(nanos);
        var at = 0;
        for (; at < some.Length; at++)
        {
            var rounded = Vector.Round(some[at] * by[at], MidpointRounding.ToEven);
            if (!Vector.GreaterThanOrEqualAll(rounded, Vector<double>.Zero) || !Vector.LessThanAll(rounded, new Vector<double>(long.MaxValue)))
            {
                break;
            }

            into[at] = Vector.ConvertToInt64(rounded);
        }

        for (var i = at * Vector<double>.Count; i < values.Length; i++)
        {
            nanos[i] = FromForecast(values[i] * factors[i]);
        }
    }

    /// <summary>Adds to each sum as <see cref="Sum"/> does.</summary>
    public static void AddTo(Span<long> sums, ReadOnlySpan<long> nanos)
    {
        var some = MemoryMarshal.Cast<long, Vector<long>>(sums);
        var more = MemoryMarshal.Cast<long, Vector<long>>(nanos);
        for (var i = 0; i < some.Length; i++)
        {
            var sum = some[i] + more[i];
            some[i] = Vector.ConditionalSelect(Vector.LessThan(sum, Vector<long>.Zero), new Vector<long>(long.MaxValue), sum);
        }

        for (var i = some.Length * Vector<long>.Count; i < sums.Length; i++)
        {
            sums[i] = Sum(sums[i], nanos[i]);
        }
    }

    /// <summary>The sum of amounts of which none is negative, at most the greatest amount.</summary>
    public static long Sum(ReadOnlySpan<long> nanos)
    {
        var some = MemoryMarshal.Cast<long, Vector<long>>(nanos);
        var (sums, beyond) = (Vector<long>.Zero, Vector<long>.Zero);
        for (var i = 0; i < some.Length; i++)
        {
            // Beyond the greatest amount a sum is below zero, and may be above it again with the next.
            sums += some[i];
            beyond |= sums;
        }

        if (Vector.LessThanAny(beyond, Vector<long>.Zero))
        {
            return long.MaxValue;
        }

        var sum = 0L;
        for (var i = 0; i < Vector<long>.Count; i++)
        {
            sum = Sum(sum, sums[i]);
        }

        for (var i = some.Length * Vector<long>.Count; i < nanos.Length; i++)
        {
            sum = Sum(sum, nanos[i]);
        }

        return sum;
    }

    private static long AtTheEnds(double nanos) =>
        double.IsNaN(nanos) ? throw new ArgumentException("A forecast came out as not a number.", nameof(nanos)) : nanos < 1 ? 0 : long.MaxValue;

    /// <summary>Rounds half to even, on either side of zero; 0 for what is no number.</summary>
    public static long Signed(double nanos) => nanos >= 0 ? FromForecast(nanos) : double.IsNaN(nanos) ? 0 : -FromForecast(-nanos);

    /// <summary>The sum of two amounts of which neither is negative, at most the greatest amount.</summary>
    public static long Sum(long left, long right)
    {
        var sum = unchecked(left + right);
        return sum < 0 ? long.MaxValue : sum;
    }

    /// <summary>Rounds half to even, within the range of amounts.</summary>
    public static long Mean(Int128 sum, int count)
    {
        var (quotient, remainder) = Int128.DivRem(sum, count);
        var twice = Int128.Abs(remainder) * 2;
        quotient += twice > count || (twice == count && Int128.IsOddInteger(quotient)) ? Int128.Sign(remainder) : 0;
        return (long)Int128.Clamp(quotient, long.MinValue, long.MaxValue);
    }
}
