using Microsoft.AspNetCore.Http;
using Platform.Routing.Calls;

namespace Platform.Routing.Tests.Calls;

public sealed class ApiErrorTests
{
    [Fact]
    public async Task What_passes_by_itself_says_when_to_try_again_and_what_does_not_says_nothing()
    {
        Assert.Equal("1", await RetryAfterAsync(ApiError.WalletUnavailable));
        Assert.Equal("1", await RetryAfterAsync(ApiError.DirectoryUnavailable));
        Assert.Equal("30", await RetryAfterAsync(ApiError.ProviderUnavailable(503, "Left alone."), known: "30"));
        Assert.Equal("", await RetryAfterAsync(ApiError.WalletExhausted("team_a")));
        Assert.Equal("", await RetryAfterAsync(ApiError.ProviderUnavailable(502, "Broke off.")));
    }

    private static async Task<string> RetryAfterAsync(ApiError error, string? known = null)
    {
        var response = new DefaultHttpContext().Response;
        response.Headers.RetryAfter = known;
        await error.WriteAsync(response, TestContext.Current.CancellationToken);
        Assert.Equal((error.Status, "application/json"), (response.StatusCode, response.ContentType));
        return response.Headers.RetryAfter.ToString();
    }
}
