using System.Numerics;

namespace Platform.Forecasting.Numerics;

/// <summary>
/// The natural logarithm of several numbers at once, by nothing but sums, products and quotients in a fixed order: the same to the last bit on every machine, however many
/// numbers its processor takes at once. Off by less than one unit in the last place.
/// </summary>
internal static class NaturalLogarithm
{
    // ln 2 in two parts, of which the first has so few bits that a whole number of it is exact.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>
    /// x = 2^k × (1 + f) with 1 + f between √½ and √2; by s = f ÷ (2 + f), ln(1 + f) = 2s + s³ × (a polynomial of s²). The polynomial's coefficients are those that
    /// FDLIBM publishes for it (Sun Microsystems 1993).
    /// </summary>
    /// <param name="x">Above zero, finite, and no subnormal number: anything else comes out wrong.</param>
    public static Vector<double> Of(Vector<double> x)
    {
        var bits = Vector.AsVectorInt64(x);
        var mantissa = Vector.AsVectorDouble((bits & new Vector<long>(0x000FFFFFFFFFFFFF)) | new Vector<long>(0x3FF0000000000000));
        var isUpper = Vector.GreaterThan(mantissa, new Vector<double>(1.4142135623730951));
        var k = Vector.ConvertToDouble(Vector.ShiftRightLogical(bits, 52) - new Vector<long>(1023) - isUpper);
        var f = Vector.ConditionalSelect(isUpper, mantissa * 0.5, mantissa) - Vector<double>.One;

        var s = f / (f + new Vector<double>(2));
        var (z, half) = (s * s, 0.5 * f * f);
        var w = z * z;
        var even = w * (Number(3.999999999940941908e-01) + w * (Number(2.222219843214978396e-01) + w * Number(1.531383769920937332e-01)));
        var odd = z * (Number(6.666666666666735130e-01) + w * (Number(2.857142874366239149e-01)
            + w * (Number(1.818357216161805012e-01) + w * Number(1.479819860511658591e-01))));
        return k * Ln2High - ((half - (s * (half + (odd + even)) + k * Ln2Low)) - f);
    }

    private static Vector<double> Number(double value) => new(value);
}
