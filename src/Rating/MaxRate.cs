using System.Collections.Frozen;

namespace Platform.Rating;

/// <summary>
/// The highest rate that is taken into a book, per million tokens of any kind, and as much a request: 10,000 units of a currency whose unit is worth at least a
/// tenth of a US dollar, ten times as many of the next smaller ones, and so on. It is worth about a thousand dollars or more everywhere, above any list price, so that
/// a figure beyond it is a slip; at it 920 million tokens of the smallest unit but one, and 920 thousand million of the largest, fit into the 64 bits of nano-units that sums are kept in.
/// </summary>
public static class MaxRate
{
    /// <summary>Units of a currency that is not listed below, in nano-units.</summary>
    private const long LargeUnitNanos = 10_000L * 1_000_000_000;

    /// <summary>
    /// ISO 4217 codes by how many units a US dollar has, to the power of ten below it, as of 2026. The minor units of ISO 4217 do not say it: a rupiah has cents, and
    /// 16,000 of it are a dollar.
    /// </summary>
    private static readonly FrozenDictionary<string, int> UnitsPerDollar = new (int Units, string Codes)[]
    {
        (10, "AFN ALL BTN BWP CUP CVE CZK DOP EGP ERN GHS GMD HNL INR KGS LSL MDL MKD MRU MUR MVR MXN MZN NAD NIO NOK PHP RUB SCR SEK SLE SRD STN SZL THB TRY TWD UAH UYU ZAR ZMW ZWG"),
        (100, "AMD AOA BDT CLP CRC DJF DZD ETB GYD HTG HUF ISK JMD JPY KES KMF KPW KZT LKR LRD NPR PKR RSD SDG SOS VES VUV XAF XOF XPF YER"),
        (1_000, "ARS BIF CDF COP GNF IQD KHR KRW MGA MMK MNT MWK NGN PYG RWF SSP TZS UGX"),
        (10_000, "IDR LAK LBP SYP UZS VND"),
        (100_000, "IRR"),
    }.SelectMany(size => size.Codes.Split(' ').Select(code => (code, size.Units))).ToFrozenDictionary(size => size.code, size => size.Units, StringComparer.Ordinal);

    /// <summary>In nano-units of that currency.</summary>
    /// <param name="currency">ISO 4217; a code that is not known counts as one of a large unit.</param>
    public static long NanosIn(string currency) => LargeUnitNanos * UnitsPerDollar.GetValueOrDefault(currency, 1);
}
