using Platform.Rating;

namespace Platform.Rating.Tests;

public sealed class MaxRateTests
{
    /// <summary>ISO 4217's currencies of money, with how many of them a US dollar cost in 2026, roughly.</summary>
    private const string PerDollar = """
        AED 3.7 AFN 66 ALL 83 AMD 381 ANG 1.8 AOA 915 ARS 1450 AUD 1.5 AWG 1.8 AZN 1.7 BAM 1.7 BBD 2 BDT 122 BGN 1.7 BHD 0.38 BIF 2950 BMD 1 BND 1.3 BOB 6.9 BRL 5.4 BSD 1 BTN 89
        BWP 13 BYN 3 BZD 2 CAD 1.4 CDF 2200 CHF 0.8 CLP 930 CNY 7.1 COP 3750 CRC 500 CUP 24 CVE 95 CZK 21 DJF 178 DKK 6.4 DOP 63 DZD 130 EGP 48 ERN 15 ETB 150 EUR 0.86 FJD 2.3 FKP 0.76
        GBP 0.76 GEL 2.7 GHS 11 GIP 0.76 GMD 73 GNF 8700 GTQ 7.7 GYD 209 HKD 7.8 HNL 26 HTG 131 HUF 330 IDR 16700 ILS 3.3 INR 89 IQD 1310 IRR 1000000 ISK 127 JMD 160 JOD 0.71 JPY 156 KES 129
        KGS 87 KHR 4000 KMF 425 KPW 900 KRW 1470 KWD 0.31 KYD 0.83 KZT 520 LAK 21700 LBP 89500 LKR 308 LRD 180 LSL 17 LYD 5.5 MAD 9.3 MDL 17 MGA 4450 MKD 53 MMK 2100 MNT 3560 MOP 8 MRU 40 MUR 46
        MVR 15.4 MWK 1735 MXN 18 MYR 4.1 MZN 64 NAD 17 NGN 1450 NIO 37 NOK 10 NPR 142 NZD 1.7 OMR 0.38 PAB 1 PEN 3.4 PGK 4.2 PHP 59 PKR 281 PLN 3.6 PYG 7000 QAR 3.6 RON 4.4 RSD 101 RUB 79 RWF 1455
        SAR 3.75 SBD 8.2 SCR 14 SDG 600 SEK 9.4 SGD 1.3 SHP 0.76 SLE 23 SOS 571 SRD 38 SSP 4500 STN 21 SVC 8.75 SYP 11000 SZL 17 THB 32 TJS 9.3 TMT 3.5 TND 2.9 TOP 2.4 TRY 42 TTD 6.8 TWD 31 TZS 2450
        UAH 42 UGX 3600 USD 1 UYU 39 UZS 12000 VES 250 VND 26300 VUV 121 WST 2.8 XAF 565 XCD 2.7 XCG 1.8 XOF 565 XPF 103 YER 239 ZAR 17 ZMW 23 ZWG 26
        """;

    [Fact]
    public void Highest_rate_is_worth_about_a_thousand_dollars_or_more_in_every_currency()
    {
        var words = PerDollar.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        Assert.All(words.Chunk(2), pair =>
        {
            var dollars = MaxRate.NanosIn(pair[0]) / 1e9 / double.Parse(pair[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(dollars is >= 900 and <= 33_000, $"{pair[0]}: {dollars:0}");
        });
    }

    [Fact]
    public void A_million_tokens_of_every_kind_at_the_highest_rate_of_any_currency_stay_within_64_bits()
    {
        var most = MaxRate.NanosIn("IRR");
        var price = new Price(1, "p", "m", "IRR", most, most, most, most, most, most);
        Assert.Equal(7 * most, Rater.Rate(price, new TokenCounts(1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000) { CacheWriteHour = 1_000_000 }).TotalNanos);
    }

    [Fact]
    public void A_code_that_is_not_known_counts_as_a_large_unit() => Assert.Equal(MaxRate.NanosIn("USD"), MaxRate.NanosIn("XXX"));
}
