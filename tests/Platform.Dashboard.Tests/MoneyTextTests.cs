using Platform.Contracts;
using Platform.Dashboard.Text;

namespace Platform.Dashboard.Tests;

public sealed class MoneyTextTests
{
    [Theory]
    [InlineData(0, "USD", "$0.00")]
    [InlineData(1, "USD", "<$0.01")]
    [InlineData(-1, "USD", "−<$0.01")]
    [InlineData(9_999_999, "USD", "<$0.01")]
    [InlineData(10_000_000, "USD", "$0.01")]
    [InlineData(1_005_000_000, "USD", "$1.01")]
    [InlineData(1_015_000_000, "USD", "$1.02")]
    [InlineData(1_234_567_890_000_000, "USD", "$1,234,567.89")]
    [InlineData(-1_500_000_000_000, "EUR", "−€1,500.00")]
    [InlineData(1_500_000_000_000, "CHF", "CHF 1,500.00")]
    [InlineData(1_500_500_000_000, "JPY", "JPY 1,501")]
    [InlineData(-1, "JPY", "−<JPY 1")]
    [InlineData(1_500_000_000_000, "KWD", "KWD 1,500.000")]
    public void An_amount_is_shown_with_its_currencys_places_and_never_as_nothing_when_it_is_something(long nanos, string currency, string expected) =>
        Assert.Equal(expected, MoneyText.Rounded(new Money(nanos), currency));

    [Theory]
    [InlineData("0", "USD", "$0")]
    [InlineData("0.5", "USD", "$0.50")]
    [InlineData("0.0025", "USD", "$0.0025")]
    [InlineData("12.5", "USD", "$12.50")]
    [InlineData("15000", "USD", "$15,000")]
    [InlineData("15000", "JPY", "JPY 15,000")]
    [InlineData("0.25", "KWD", "KWD 0.250")]
    public void An_axis_has_no_more_places_than_its_steps_need_and_those_of_its_currency_where_it_has_any(string value, string currency, string expected) =>
        Assert.Equal(expected, MoneyText.Axis(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), currency));

    [Theory]
    [InlineData(0, "USD", "$0.00")]
    [InlineData(5_000_000, "KWD", "KWD 0.005")]
    [InlineData(-100_000, "USD", "−$0.0001")]
    [InlineData(999_999_999, "USD", "$0.999999999")]
    [InlineData(500_000_000, "USD", "$0.50")]
    [InlineData(50_500_000_000, "JPY", "JPY 50.5")]
    [InlineData(-150_500_000_000, "JPY", "−JPY 151")]
    [InlineData(1_005_000_000, "USD", "$1.01")]
    [InlineData(-1_500_000_000_000, "EUR", "−€1,500.00")]
    public void An_amount_that_is_set_against_another_has_every_digit_below_one_unit(long nanos, string currency, string expected) =>
        Assert.Equal(expected, MoneyText.Compared(new Money(nanos), currency));

    [Fact]
    public void An_amount_reads_as_it_does_in_kt() =>
        Assert.All(new long[] { 5_000_000, 1_005_000_000, 1_015_000_000, 2_344_999_999, 1_234_567_895_000_000 }, nanos => Assert.Equal($"${new Money(nanos).ToRoundedString("USD")}", MoneyText.Rounded(new Money(nanos), "USD").Replace("<$", "$<", StringComparison.Ordinal)));

    [Fact]
    public void The_tooltip_has_every_digit() => Assert.Equal("0.000123456 USD", MoneyText.Exact(new Money(123_456), "USD"));

    [Fact]
    public void The_tooltip_has_separators_as_the_rest_of_the_page() => Assert.Equal("98,500.000000001 USD", MoneyText.Exact(new Money(98_500_000_000_001), "USD"));
}
