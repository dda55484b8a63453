using System.Globalization;
using Platform.Contracts;

namespace Platform.Dashboard.Text;

/// <summary>Amounts for people, as kt and reviews have them, with the currency's sign. Tiles and tables show them rounded; the exact amount is always at hand in the tooltip.</summary>
internal static class MoneyText
{
    /// <summary><see cref="Money.ToRoundedString"/>: what is not zero and below the currency's smallest unit says so, as it must not read as nothing.</summary>
    /// <param name="currency">ISO 4217 code.</param>
    public static string Rounded(Money amount, string currency) => With(Unit(currency), amount.ToRoundedString(currency));

    /// <summary>
    /// Where amounts are set against each other, as a budget and what is spent of it, or a cap: <see cref="Money.ToComparableString"/>. That of less than a cent less than a cent
    /// is spent says nothing.
    /// </summary>
    /// <param name="currency">ISO 4217 code.</param>
    public static string Compared(Money amount, string currency) => With(Unit(currency), amount.ToComparableString(currency));

    /// <summary>The exact amount and its currency, for example 1,500.000123 USD.</summary>
    public static string Exact(Money amount, string currency) => $"{amount.ToExactString()} {currency}".TrimEnd();

    /// <summary>A chart axis's figure: whole units without places, else those of the currency, or as many as its steps need.</summary>
    public static string Axis(decimal value, string currency) => Unit(currency) + value.ToString(
        value == decimal.Truncate(value) ? "#,##0" : value % MinorUnits.Smallest(currency) == 0 ? $"N{MinorUnits.Places(currency)}" : "0.####", CultureInfo.InvariantCulture);

    /// <summary>The sign of the amount stands before that of the currency, and a minus is one of print.</summary>
    private static string With(string unit, string amount)
    {
        var minus = amount.StartsWith('-') ? "−" : "";
        var size = amount.TrimStart('-');
        return minus + (size.StartsWith('<') ? $"<{unit}{size[1..]}" : unit + size);
    }

    private static string Unit(string currency) => currency switch
    {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "" => "",
        _ => currency + " ",
    };
}
