using System.Globalization;
using Platform.Contracts;

namespace Platform.Dashboard.Text;

/// <summary>Amounts for people. Tiles and tables show two places; the exact amount is always at hand in the tooltip.</summary>
internal static class MoneyText
{
    private static readonly decimal Cent = 0.01m;

    /// <summary>
    /// Two places, half away from zero as kt and reviews have them, with thousands separators. What is above zero and below a cent says so: it must not read as nothing.
    /// </summary>
    /// <param name="currency">ISO 4217 code.</param>
    public static string Rounded(Money amount, string currency)
    {
        var value = amount.ToDecimal();
        var sign = value < 0 ? "−" : "";
        var size = Math.Abs(value);
        return size is > 0 and < 0.01m
            ? $"{sign}<{Unit(currency)}{Cent.ToString(CultureInfo.InvariantCulture)}"
            : sign + Unit(currency) + decimal.Round(size, 2, MidpointRounding.AwayFromZero).ToString("#,##0.00", CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Where amounts are set against each other, as a budget and what is spent of it, or a cap: the same from one unit on, and below it every digit.
    /// That of less than a cent less than a cent is spent says nothing.
    /// </summary>
    /// <param name="currency">ISO 4217 code.</param>
    public static string Compared(Money amount, string currency) => Math.Abs(amount.ToDecimal()) is > 0 and < 1 and var size
        ? (amount < Money.Zero ? "−" : "") + Unit(currency) + size.ToString("0.00#######", CultureInfo.InvariantCulture)
        : Rounded(amount, currency);

    /// <summary>The exact amount and its currency, for example 1,500.000123 USD.</summary>
    public static string Exact(Money amount, string currency) => $"{amount.ToExactString()} {currency}".TrimEnd();

    /// <summary>A chart axis's figure: whole units without places, else two, or as many as its steps need.</summary>
    public static string Axis(decimal value, string currency) => Unit(currency) + value.ToString(
        value == decimal.Truncate(value) ? "#,##0" : value * 100 == decimal.Truncate(value * 100) ? "#,##0.00" : "0.####", CultureInfo.InvariantCulture);

    private static string Unit(string currency) => currency switch
    {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "" => "",
        _ => currency + " ",
    };
}
