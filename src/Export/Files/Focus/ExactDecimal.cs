using System.Globalization;

namespace Platform.Export.Files.Focus;

/// <summary>Decimal text of whole numbers of tiny units, never rounded: products of counts and rates have more places than money.</summary>
internal static class ExactDecimal
{
    /// <param name="places">How many of its digits stand behind the point; zeros at the end are left out.</param>
    public static string Of(Int128 value, int places)
    {
        var digits = Int128.Abs(value).ToString(CultureInfo.InvariantCulture).PadLeft(places + 1, '0');
        var fraction = digits[^places..].TrimEnd('0');
        return $"{(value < 0 ? "-" : "")}{digits[..^places]}{(fraction.Length > 0 ? "." : "")}{fraction}";
    }
}
