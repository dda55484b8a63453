using Microsoft.AspNetCore.Http;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
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
        Assert.Equal("", await RetryAfterAsync(ApiError.WalletExhausted("team_a", "wal_team_a")));
        Assert.Equal("", await RetryAfterAsync(ApiError.ProviderUnavailable(502, "Broke off.")));
    }

    [Theory]
    [InlineData("Organisation", "", "", "The cap of 500.00 USD a month on the organisation leaves 0.12 USD", "kt caps list: cap_1")]
    [InlineData("Team", "team_support", "", "The cap of 500.00 USD a month on the team 'team_support' leaves 0.12 USD", "kt caps list: cap_1")]
    [InlineData("Key", "key_1", "budget bud_1", "The hard limit of 500.00 USD a month on the key 'key_1' leaves 0.12 USD", "kt budgets list: budget bud_1")]
    public void Refusal_by_a_cap_says_whose_it_is_how_much_and_until_when(string scope, string id, string source, string expected, string where)
    {
        var error = ApiError.CapReached(
            new CreateHoldResponse
            {
                Outcome = HoldOutcome.CapReached, CapId = "cap_1", AvailableNanos = 120_000_000,
                Cap = new ReachedCap
                {
                    Scope = Enum.Parse<CapScope>(scope), ScopeId = id, Period = CapPeriod.Month, AmountNanos = 500_000_000_000, Source = source,
                    ResetsAt = new DateTimeOffset(2026, 6, 30, 22, 0, 0, TimeSpan.Zero).ToTimestampUtc(),
                },
            },
            "USD");
        Assert.Equal((402, "cap_reached"), (error.Status, error.Code));
        Assert.StartsWith(expected, error.Message);
        Assert.Contains("until it begins anew at 2026-06-30T22:00:00Z", error.Message);
        Assert.Contains(where, error.Message);
    }

    [Fact]
    public void Refusal_by_a_cap_that_Wallet_does_not_describe_names_it() =>
        Assert.Contains("'cap_1'", ApiError.CapReached(new CreateHoldResponse { CapId = "cap_1" }, "USD").Message);

    private static async Task<string> RetryAfterAsync(ApiError error, string? known = null)
    {
        var response = new DefaultHttpContext().Response;
        response.Headers.RetryAfter = known;
        await error.WriteAsync(response, TestContext.Current.CancellationToken);
        Assert.Equal((error.Status, "application/json"), (response.StatusCode, response.ContentType));
        return response.Headers.RetryAfter.ToString();
    }
}
