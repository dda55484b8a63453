using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>Plain answers above what is taken, which is 2,000 bytes here.</summary>
public sealed class LargeAnswerTests()
    : GatewayTest(new LocalGateway(gateway: new GatewayOptions { MaxAnswerBytes = 2_000 }, breaker: new BreakerOptions { ConsecutiveFailures = 2, CoolDownSeconds = 60 }))
{
    [Theory]
    [InlineData("sized 3000")]
    [InlineData("chunked 3000")]
    public async Task One_is_refused_once_and_closes_no_target_off(string step)
    {
        Providers.Script("a", step, step, "ok");
        for (var call = 0; call < 2; call++)
        {
            var (status, body, _) = await CallAsync();
            Assert.Equal(413, status);
            Assert.Contains("answer_too_large", body, StringComparison.Ordinal);
        }

        Assert.Equal(200, (await CallAsync()).Status);
        Assert.Equal("a#1 LeasedUnknown, a#1 LeasedUnknown, a#1 Finished", Gateway.Story());
    }

    [Theory]
    [InlineData("sized 100000")]
    [InlineData("chunked 100000")]
    public async Task One_that_finds_no_room_in_time_is_refused_once_and_closes_no_target_off(string step)
    {
        await using var gateway = new LocalGateway(gateway: new GatewayOptions { LargeAnswersBytes = 1_024, CallerSeconds = 1 }, breaker: new BreakerOptions { ConsecutiveFailures = 2, CoolDownSeconds = 60 });
        using var limit = new AttemptTimer(AttemptTimes.Of(new GatewayOptions(), RouteTimeouts.Unsaid, isStream: false, TimeSpan.Zero), TimeProvider.System);
        Providers.Script("a", step, step, step);
        using (var other = gateway.Answers.Open())
        {
            Assert.True(await other.TryGrowToAsync(100_000, limit));
            for (var call = 0; call < 2; call++)
            {
                var (status, body, _) = await CallAsync(gateway);
                Assert.Equal(413, status);
                Assert.Contains("too_many_large_answers", body, StringComparison.Ordinal);
            }
        }

        Assert.Equal(200, (await CallAsync(gateway)).Status);
        Assert.Equal(0, gateway.Answers.HeldBytes);
        Assert.Equal("a#1 LeasedUnknown, a#1 LeasedUnknown, a#1 LeasedUnknown", gateway.Story());
    }

    private Task<(int Status, string Body, Microsoft.AspNetCore.Http.IHeaderDictionary Headers)> CallAsync(LocalGateway? gateway = null)
    {
        var policy = new RouteFailover(FailureKinds.Timeout, FailureKinds.Timeout, 3, 20, TimeSpan.FromMilliseconds(1));
        return (gateway ?? Gateway).CallAsync(LocalGateway.Set(policy, LocalGateway.Target("a", Providers.AddressOf("a")), LocalGateway.Target("bb", Providers.AddressOf("bb"))));
    }
}
