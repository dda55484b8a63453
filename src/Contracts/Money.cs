using System.Globalization;

namespace Platform.Contracts;

/// <summary>
/// An amount in nano-units of a currency (1 USD = 1,000,000,000 nanos), signed 64 bit: about ±9.2 thousand million units.
/// The currency is the organisation's and travels beside it. All arithmetic is checked; nothing here rounds.
/// </summary>
public readonly record struct Money(long Nanos) : IComparable<Money>
{
    /// <summary>Nano-units in one unit of currency.</summary>
    public const long NanosPerUnit = 1_000_000_000;

    /// <summary>Decimal places that a nano-unit amounts to.</summary>
    public const int DecimalPlaces = 9;

    public static Money Zero => default;

    public static Money operator +(Money left, Money right) => new(checked(left.Nanos + right.Nanos));

    public static Money operator -(Money left, Money right) => new(checked(left.Nanos - right.Nanos));

    public static bool operator <(Money left, Money right) => left.Nanos < right.Nanos;

    public static bool operator >(Money left, Money right) => left.Nanos > right.Nanos;

    public int CompareTo(Money other) => Nanos.CompareTo(other.Nanos);

    /// <summary>
    /// Reads a decimal amount exactly. False when it has more than nine decimal places or leaves the range: an amount is never rounded on the way in.
    /// </summary>
    public static bool TryFromDecimal(decimal amount, out Money money)
    {
        money = default;
        if (amount is > long.MaxValue / (decimal)NanosPerUnit or < long.MinValue / (decimal)NanosPerUnit)
        {
            return false;
        }

        var nanos = amount * NanosPerUnit;
        if (nanos != decimal.Truncate(nanos))
        {
            return false;
        }

        money = new Money((long)nanos);
        return true;
    }

    /// <summary>The exact amount in units of currency.</summary>
    public decimal ToDecimal() => Nanos / (decimal)NanosPerUnit;

    /// <summary>Exact decimal text with at least two and at most nine places, for example 1500.00 or 0.000123456.</summary>
    public override string ToString() => ToDecimal().ToString("0.00#######", CultureInfo.InvariantCulture);

    /// <summary>
    /// Rounded for the eye, half away from zero: cents with thousands separators, or as many places as it takes to see a small amount. Wherever it is shown, the exact
    /// amount is at hand.
    /// </summary>
    public string ToRoundedString()
    {
        var value = ToDecimal();
        var places = value == 0 || decimal.Abs(value) >= 1 ? "#,##0.00" : decimal.Abs(value) >= 0.01m ? "0.0000" : "0.000000###";
        return value.ToString(places, CultureInfo.InvariantCulture);
    }

    /// <summary>Exact decimal text with nine places always, as files carry it, for example 0.000123450.</summary>
    public string ToFixedString() => ToDecimal().ToString("0.000000000", CultureInfo.InvariantCulture);
}
