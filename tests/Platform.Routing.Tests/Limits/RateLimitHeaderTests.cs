using Platform.Routing.Limits;

namespace Platform.Routing.Tests.Limits;

public sealed class RateLimitHeaderTests
{
    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(12.3, "13ms")]
    [InlineData(1_000, "1s")]
    [InlineData(59_001, "1m0s")]
    [InlineData(360_000, "6m0s")]
    [InlineData(86_400_000, "24h0m0s")]
    [InlineData(3_661_000, "1h1m1s")]
    public void Spans_are_written_as_openai_writes_them(double milliseconds, string expected) =>
        Assert.Equal(expected, RateLimitHeaders.Format(TimeSpan.FromMilliseconds(milliseconds)));
}
