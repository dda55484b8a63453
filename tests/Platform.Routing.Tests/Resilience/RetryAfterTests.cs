using Platform.Routing.Resilience;

namespace Platform.Routing.Tests.Resilience;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    // Retry-After, Retry-After-Ms → milliseconds.
    [InlineData("", "", 0)]
    [InlineData("2", "", 2_000)]
    [InlineData("Fri, 01 May 2026 12:00:05 GMT", "", 5_000)]
    [InlineData("Fri, 01 May 2026 11:00:00 GMT", "", 0)]
    [InlineData("2", "350", 350)]
    [InlineData("", "350.5", 350.5)]
    [InlineData("2", "soon", 2_000)]
    [InlineData("2", "-1", 2_000)]
    [InlineData("2", "0", 2_000)]
    [InlineData("2", "NaN", 2_000)]
    [InlineData("", "1e300", 0)]
    [InlineData("", "999999999999999999999", 86_400_000)]
    [InlineData("999999999", "", 86_400_000)]
    public void Finer_of_what_a_provider_asks_for_counts(string seconds, string milliseconds, double expected)
    {
        using var answer = new HttpResponseMessage();
        Add("Retry-After", seconds);
        Add("Retry-After-Ms", milliseconds);
        Assert.Equal(TimeSpan.FromMilliseconds(expected), RetryAfter.Read(answer.Headers, Now));

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                answer.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }
}
