using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Sampling;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): a stated generator, so that a seed gives the same paths on every machine and in every version of the runtime.
/// </summary>
public sealed class Randomness(ulong seed)
{
    /// <summary>Pairs of normals that are made in one go: a multiple of what any processor takes at once.</summary>
    private const int Block = 64;

    private ulong _state = seed;
    private double _spare = double.NaN;

    /// <summary>A seed of its own for a part of what is drawn: the same whatever is drawn beside it.</summary>
    /// <param name="part">Of a fixed order or by name (<see cref="SeedOf(string)"/>).</param>
    public static ulong SeedOf(ulong seed, ulong part) => new Randomness(unchecked(seed ^ (part * 0x9E3779B97F4A7C15))).Next();

    /// <summary>FNV-1a over UTF-16 units, which is the same in every process.</summary>
    public static ulong SeedOf(string name)
    {
        var hash = 14695981039346656037;
        foreach (var unit in name)
        {
            hash = unchecked((hash ^ unit) * 1099511628211);
        }

        return hash;
    }

    /// <summary>Evenly spread over 0 (included) to 1 (excluded), 53 bits.</summary>
    public double NextDouble() => Even(Next());

    /// <summary>Standard normal, two at a time by Marsaglia's polar method.</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spare))
        {
            var kept = _spare;
            _spare = double.NaN;
            return kept;
        }

        var (x, y, square) = Point(ref _state);
        var factor = Factor(new Vector<double>(square))[0];
        _spare = y * factor;
        return x * factor;
    }

    /// <summary>Standard normals, the same as one after the other: many at a time, since drawing paths asks for little else.</summary>
    public void Fill(Span<double> normals)
    {
        var at = 0;
        if (at < normals.Length && !double.IsNaN(_spare))
        {
            normals[at++] = NextNormal();
        }

        Span<double> x = stackalloc double[Block];
        Span<double> y = stackalloc double[Block];
        Span<double> factors = stackalloc double[Block];
        var state = _state;
        while (normals.Length - at >= 2)
        {
            var pairs = Math.Min(Block, (normals.Length - at) / 2);
            for (var pair = 0; pair < pairs; pair++)
            {
                (x[pair], y[pair], factors[pair]) = Point(ref state);
            }

            // Beyond the last pair are numbers of no meaning, which harm nothing.
            var vectors = MemoryMarshal.Cast<double, Vector<double>>(factors)[..((pairs + Vector<double>.Count - 1) / Vector<double>.Count)];
            for (var i = 0; i < vectors.Length; i++)
            {
                vectors[i] = Factor(vectors[i]);
            }

            for (var pair = 0; pair < pairs; pair++)
            {
                (normals[at], normals[at + 1]) = (x[pair] * factors[pair], y[pair] * factors[pair]);
                at += 2;
            }
        }

        _state = state;
        if (at < normals.Length)
        {
            normals[at] = NextNormal();
        }
    }

    /// <summary>64 bits.</summary>
    public ulong Next() => Next(ref _state);

    /// <summary>A point evenly spread within the unit circle, and the square of its distance from the middle.</summary>
    private static (double X, double Y, double Square) Point(ref ulong state)
    {
        while (true)
        {
            var (x, y) = (2 * Even(Next(ref state)) - 1, 2 * Even(Next(ref state)) - 1);
            var square = x * x + y * y;
            if (square is > 0 and < 1)
            {
                return (x, y, square);
            }
        }
    }

    /// <summary>What makes two independent standard normals of such a point's coordinates.</summary>
    private static Vector<double> Factor(Vector<double> square) => Vector.SquareRoot(-2 * NaturalLogarithm.Of(square) / square);

    /// <summary>The upper 53 of 64 bits, which are no negative number: those are made doubles in one step.</summary>
    private static double Even(ulong bits) => unchecked((long)(bits >> 11)) * (1.0 / (1UL << 53));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Next(ref ulong state)
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15;
            var z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
