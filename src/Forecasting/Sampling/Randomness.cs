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
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private const ulong FirstMix = 0xBF58476D1CE4E5B9;
    private const ulong SecondMix = 0x94D049BB133111EB;

    /// <summary>Points that are looked at in one go: a multiple of what any processor takes at once.</summary>
    private const int Block = 64;

    private ulong _state = seed;
    private double _spare = double.NaN;

    /// <summary>A seed of its own for a part of what is drawn: the same whatever is drawn beside it.</summary>
    /// <param name="part">Of a fixed order or by name (<see cref="SeedOf(string)"/>).</param>
    public static ulong SeedOf(ulong seed, ulong part) => new Randomness(unchecked(seed ^ (part * Gamma))).Next();

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
        while (normals.Length - at >= 2)
        {
            var pairs = Points(x, y, factors, (normals.Length - at) / 2);

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

    /// <summary>The next points as <see cref="Point"/> has them, at most so many: what is drawn is a matter of how often the state was raised, so that several are looked at at once.</summary>
    /// <param name="x">Of all three <see cref="Block"/>.</param>
    /// <returns>How many.</returns>
    private int Points(Span<double> x, Span<double> y, Span<double> squares, int most)
    {
        var lanes = Vector<ulong>.Count;
        var wanted = Math.Min(Block, (most + most / 2 + lanes) / lanes * lanes);
        Span<long> inside = stackalloc long[Block];
        var state = new Vector<ulong>(_state) + Vector<ulong>.Indices * new Vector<ulong>(unchecked(2 * Gamma));
        for (var at = 0; at < wanted; at += lanes)
        {
            var (first, second) = (Coordinate(state + new Vector<ulong>(Gamma)), Coordinate(state + new Vector<ulong>(unchecked(2 * Gamma))));
            var square = first * first + second * second;
            first.CopyTo(x[at..]);
            second.CopyTo(y[at..]);
            square.CopyTo(squares[at..]);
            (Vector.GreaterThan(square, Vector<double>.Zero) & Vector.LessThan(square, Vector<double>.One)).CopyTo(inside[at..]);
            state += new Vector<ulong>(unchecked(2 * Gamma * (ulong)lanes));
        }

        // Those outside are written over by the next: whether a point is outside cannot be foreseen, and asking costs more than writing.
        var (count, seen) = (0, 0);
        for (; seen < wanted && count < most; seen++)
        {
            (x[count], y[count], squares[count]) = (x[seen], y[seen], squares[seen]);
            count -= unchecked((int)inside[seen]);
        }

        _state = unchecked(_state + 2 * Gamma * (ulong)seen);
        return count;
    }

    /// <summary>One of a point's coordinates, -1 (included) to 1 (excluded), of the state as it has been raised for it.</summary>
    private static Vector<double> Coordinate(Vector<ulong> state)
    {
        var z = (state ^ (state >> 30)) * new Vector<ulong>(FirstMix);
        z = (z ^ (z >> 27)) * new Vector<ulong>(SecondMix);
        var bits = (z ^ (z >> 31)) >> 11;
        return 2 * (Vector.ConvertToDouble(Vector.AsVectorInt64(bits)) * (1.0 / (1UL << 53))) - Vector<double>.One;
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
            state += Gamma;
            var z = state;
            z = (z ^ (z >> 30)) * FirstMix;
            z = (z ^ (z >> 27)) * SecondMix;
            return z ^ (z >> 31);
        }
    }
}
