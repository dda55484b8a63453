using System.Globalization;

namespace Platform.Export.Files;

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

    /// <summary>The number of tiny units that plain decimal text says; false where it has more places than that, or more digits in all.</summary>
    /// <param name="digits">At most 38, which 128 bits hold.</param>
    public static bool TryParse(string text, int places, int digits, out Int128 value)
    {
        value = 0;
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var fraction = point < 0 ? "" : text.AsSpan(point + 1).TrimEnd('0');
        var whole = (point < 0 ? text : text.AsSpan(0, point)).TrimStart('-').TrimStart('0');
        if (fraction.Length > places || whole.Length + places > digits)
        {
            return false;
        }

        foreach (var digit in whole)
        {
            value = (value * 10) + (digit - '0');
        }

        for (var place = 0; place < places; place++)
        {
            value = (value * 10) + (place < fraction.Length ? fraction[place] - '0' : 0);
        }

        value = text.StartsWith('-') ? -value : value;
        return true;
    }
}
