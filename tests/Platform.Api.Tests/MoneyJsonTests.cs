using System.Text.Json;
using Platform.Contracts;

namespace Platform.Api.Tests;

public sealed class MoneyJsonTests
{
    private static readonly JsonSerializerOptions Json = Options();

    [Theory]
    [InlineData("1500.00", 1_500_000_000_000)]
    [InlineData("1500", 1_500_000_000_000)]
    [InlineData("0.000000001", 1)]
    [InlineData("0.1", 100_000_000)]
    [InlineData("-0.5", -500_000_000)]
    [InlineData("0.3000000000000000000000000000000000000", 300_000_000)]
    [InlineData("9223372036.854775807", long.MaxValue)]
    public void Amount_with_at_most_nine_places_is_read_exactly(string text, long nanos) =>
        Assert.Equal(nanos, JsonSerializer.Deserialize<Money>(text, Json).Nanos);

    [Theory]
    [InlineData("0.0000000001", "10 decimal places")]
    [InlineData("1.00000000000000000000000000000000001", "35 decimal places")]
    [InlineData("9223372036.854775808", "out of range")]
    [InlineData("99999999999999999999999999999999999999", "out of range")]
    [InlineData("1e3", "exponent")]
    [InlineData("\"5\"", "JSON number")]
    [InlineData("true", "JSON number")]
    public void Amount_that_cannot_be_kept_exactly_is_refused(string text, string complaint) =>
        Assert.Contains(complaint, Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Money>(text, Json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(123_450, "0.000123450")]
    [InlineData(1_500_000_000_000, "1500.000000000")]
    [InlineData(-1, "-0.000000001")]
    public void Amount_is_answered_with_nine_places(long nanos, string text) => Assert.Equal(text, JsonSerializer.Serialize(new Money(nanos), Json));

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions();
        ApiApp.ConfigureJson(options);
        return options;
    }
}
