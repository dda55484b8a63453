using System.Globalization;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>What a source says that something cost. Such figures come from binary floating point; they are compared and never booked, so they are rounded.</summary>
internal static class StatedAmount
{
    /// <returns>Null for an empty text.</returns>
    /// <exception cref="FormatException">For what is no amount of zero or more.</exception>
    public static Money? Read(string text, string name, NumberFormatInfo format)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return WrittenNumber.Read(text.TrimStart('$', '€', ' '), name, format) is >= 0 and var amount
            && Money.TryFromDecimal(decimal.Round(amount, Money.DecimalPlaces, MidpointRounding.ToEven), out var money)
            ? money
            : throw new FormatException($"{name} '{Validation.Shown(text)}' is not an amount of zero or more.");
    }
}
