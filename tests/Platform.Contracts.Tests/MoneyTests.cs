using CsCheck;
using Platform.Contracts;

namespace Platform.Contracts.Tests;

public sealed class MoneyTests
{
    [Theory]
    [InlineData("1500.00", 1_500_000_000_000, "1500.00")]
    [InlineData("0.000000001", 1, "0.000000001")]
    [InlineData("-0.5", -500_000_000, "-0.50")]
    [InlineData("9223372036.854775807", long.MaxValue, "9223372036.854775807")]
    public void Decimal_text_reads_and_prints_exactly(string text, long nanos, string printed)
    {
        Assert.True(Money.TryFromDecimal(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture), out var money));
        Assert.Equal(nanos, money.Nanos);
        Assert.Equal(printed, money.ToString());
    }

    [Theory]
    [InlineData("0.0000000001")]
    [InlineData("9223372036.854775808")]
    [InlineData("-79228162514264337593543950335")]
    public void An_amount_that_nanos_cannot_carry_is_refused(string text) =>
        Assert.False(Money.TryFromDecimal(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture), out _));

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(1, "<0.01")]
    [InlineData(-1, "-<0.01")]
    [InlineData(9_999_999, "<0.01")]
    [InlineData(10_000_000, "0.01")]
    [InlineData(456_789_012, "0.46")]
    [InlineData(-456_789_012, "-0.46")]
    [InlineData(1_005_000_000, "1.01")]
    [InlineData(1_234_567_890_000_000, "1,234,567.89")]
    public void Overviews_have_cents_and_say_of_less_that_it_is_not_nothing(long nanos, string expected) => Assert.Equal(expected, new Money(nanos).ToRoundedString("USD"));

    [Theory]
    [InlineData("JPY", 0, "0", "0")]
    [InlineData("JPY", 499_999_999, "<1", "0.499999999")]
    [InlineData("JPY", -1, "-<1", "-0.000000001")]
    [InlineData("JPY", 1_500_000_000, "2", "1.5")]
    [InlineData("JPY", 99_000_000_000, "99", "99")]
    [InlineData("KRW", 1_234_567_500_000_000, "1,234,568", "1,234,568")]
    [InlineData("KWD", 0, "0.000", "0.000")]
    [InlineData("KWD", 999_999, "<0.001", "0.000999999")]
    [InlineData("TND", 50_000_000, "0.050", "0.050")]
    [InlineData("BHD", -1_234_567_500_000, "-1,234.568", "-1,234.568")]
    [InlineData("CLF", 1_000_050_000, "1.0001", "1.0001")]
    [InlineData("CHF", 1_005_000_000, "1.01", "1.01")]
    [InlineData("", 1_005_000_000, "1.01", "1.01")]
    public void Each_currency_has_the_places_that_people_write_of_it(string currency, long nanos, string rounded, string comparable)
    {
        Assert.Equal(rounded, new Money(nanos).ToRoundedString(currency));
        Assert.Equal(comparable, new Money(nanos).ToComparableString(currency));
    }

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(31_200, "0.0000312")]
    [InlineData(-5_000_001, "-0.005000001")]
    [InlineData(999_999_999, "0.999999999")]
    [InlineData(1_000_000_001, "1.00")]
    [InlineData(1_234_567_890_000_000, "1,234,567.89")]
    public void Amounts_that_are_set_against_each_other_keep_every_digit_below_one_unit(long nanos, string expected) =>
        Assert.Equal(expected, new Money(nanos).ToComparableString("USD"));

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(-31_200, "-0.0000312")]
    [InlineData(98_500_000_000_000, "98,500.00")]
    [InlineData(1_500_000_000_001, "1,500.000000001")]
    [InlineData(long.MinValue, "-9,223,372,036.854775808")]
    public void Exact_amounts_for_people_have_separators_and_every_digit(long nanos, string expected) => Assert.Equal(expected, new Money(nanos).ToExactString());

    [Fact]
    public void Every_amount_survives_text_and_back() => Gen.Long.Sample(nanos =>
    {
        var text = new Money(nanos).ToFixedString();
        Assert.True(Money.TryFromDecimal(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture), out var back));
        Assert.Equal(nanos, back.Nanos);
    });

    [Fact]
    public void Addition_beyond_the_range_throws() =>
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue) + new Money(1));
}
