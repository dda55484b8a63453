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

    /// <summary>Of a currency's smallest units, from how many on an amount is told from another one by them: from one dollar on, or a hundred yen.</summary>
    private const int Comparable = 100;

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

    /// <summary>The exact amount for people: thousands separators, at least two and at most nine places, for example 98,500.00 or 1,500.000000001. Files and JSON have none of the separators.</summary>
    public string ToExactString() => ToDecimal().ToString("#,##0.00#######", CultureInfo.InvariantCulture);

    /// <summary>
    /// Rounded for an overview, half away from zero: to the currency's smallest unit (<see cref="MinorUnits"/>: cents of dollars, whole yen), with thousands separators. What is not
    /// zero and below one of them says so (&lt;0.01, -&lt;0.01, &lt;1): it must not read as nothing, and its digits stand where the exact amount does.
    /// </summary>
    /// <param name="currency">ISO 4217 code.</param>
    public string ToRoundedString(string currency)
    {
        var (value, smallest) = (ToDecimal(), MinorUnits.Smallest(currency));
        return value != 0 && decimal.Abs(value) < smallest
            ? (value < 0 ? "-<" : "<") + smallest.ToString(CultureInfo.InvariantCulture)
            : decimal.Round(value, smallest.Scale, MidpointRounding.AwayFromZero).ToString($"N{smallest.Scale}", CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// For a sentence that sets amounts against each other, as a limit and what is left of it: as in an overview from a hundred of the currency's smallest units on, below them
    /// every digit, and at least those that the currency has.
    /// </summary>
    /// <param name="currency">ISO 4217 code.</param>
    public string ToComparableString(string currency) => decimal.Abs(ToDecimal()) >= Comparable * MinorUnits.Smallest(currency)
        ? ToRoundedString(currency)
        : ToDecimal().ToString($"0.{new string('0', MinorUnits.Places(currency))}{new string('#', DecimalPlaces - MinorUnits.Places(currency))}", CultureInfo.InvariantCulture);

    /// <summary>Exact decimal text with nine places always, as files carry it, for example 0.000123450.</summary>
    public string ToFixedString() => ToDecimal().ToString("0.000000000", CultureInfo.InvariantCulture);
}
