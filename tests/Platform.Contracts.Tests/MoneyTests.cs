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
