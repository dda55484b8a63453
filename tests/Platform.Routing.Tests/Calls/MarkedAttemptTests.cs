using Platform.Contracts.Metering.V1;
using Platform.Routing.Calls;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>How a wallet let an attempt through, from its answer to what is recorded and to what the caller hears. A token costs a nano at a.</summary>
public sealed class MarkedAttemptTests : IAsyncLifetime
{
    private static readonly RouteFailover None = new(default, default, 1, 0, TimeSpan.FromMilliseconds(1));

    private ScriptedProvider? _providers;

    public async ValueTask InitializeAsync() => _providers = await ScriptedProvider.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _providers!.DisposeAsync();

    [Theory]
    [InlineData(0, Mark.Overflow, "overflow")]
    [InlineData(0, Mark.Observed, "observed")]
    // Enough for a hold and too little for a lease; enough for a lease.
    [InlineData(1_000, Mark.Overflow, "")]
    [InlineData(1_000_000, Mark.Overflow, "")]
    public async Task The_record_and_the_answer_have_the_mark_that_the_wallet_gave(long funds, Mark wallet, string told)
    {
        await using var gateway = new LocalGateway(funds) { Wallet = { LetsThrough = wallet } };
        var (status, _, headers) = await gateway.CallAsync(LocalGateway.Set(None, LocalGateway.Target("a", _providers!.AddressOf("a"))));

        Assert.Equal((200, told), (status, headers["X-KT-Mark"].ToString()));
        var ended = Assert.Single(gateway.Attempts()).Last;
        Assert.Equal((JournalKind.Finished, told.Length == 0 ? Mark.Unspecified : wallet), (ended.Kind, ended.Event!.Mark));
        Assert.Equal(funds == 1_000_000, ended.Event.LeaseId.Length > 0);
    }

    // The team's wallet is full while its user's is not: who reads the refusal has to know which one to fill, or to unfreeze.
    [Theory]
    [InlineData(false, 402, "wallet_exhausted")]
    [InlineData(true, 403, "wallet_frozen")]
    public async Task Refusal_names_the_wallet_that_was_to_pay(bool frozen, int status, string code)
    {
        await using var gateway = new LocalGateway(funds: 0) { Wallet = { IsFrozen = frozen, WalletId = "wal_team_support.user.u_ann" } };
        var refused = await gateway.CallAsync(LocalGateway.Set(None, LocalGateway.Target("a", _providers!.AddressOf("a"))));

        Assert.Equal(status, refused.Status);
        Assert.Contains($"\"{code}\"", refused.Body, StringComparison.Ordinal);
        Assert.Contains("The wallet wal_team_support.user.u_ann of team ", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_attempt_of_a_call_has_its_own_mark()
    {
        // Room for the first attempt's hold, which the provider's failure gives back only later.
        await using var gateway = new LocalGateway(funds: 600) { Wallet = { LetsThrough = Mark.Overflow } };
        _providers!.Script("a", "500");
        var failover = Routes.Failover with { FallbackOn = FailureKinds.ServerError };
        var (status, _, headers) = await gateway.CallAsync(
            LocalGateway.Set(failover, LocalGateway.Target("a", _providers.AddressOf("a")), LocalGateway.Target("b", _providers.AddressOf("b"))));

        Assert.Equal((200, "overflow"), (status, headers["X-KT-Mark"].ToString()));
        Assert.Equal([Mark.Unspecified, Mark.Overflow], gateway.Attempts().Select(attempt => attempt.Last.Event!.Mark));
    }

    [Fact]
    public async Task Answer_has_no_mark_of_an_attempt_that_failed()
    {
        await using var gateway = new LocalGateway(funds: 0) { Wallet = { LetsThrough = Mark.Overflow, FilledAfterOne = 1_000_000 } };
        _providers!.Script("a", "hang");
        var failover = Routes.Failover with { FallbackOn = FailureKinds.Timeout };
        var silent = LocalGateway.Target("a", _providers.AddressOf("a")) with { Timeouts = RouteTimeouts.Unsaid with { FirstByte = TimeSpan.FromSeconds(1) } };
        var (status, _, headers) = await gateway.CallAsync(LocalGateway.Set(failover, silent, LocalGateway.Target("b", _providers.AddressOf("b"))));
        Assert.Equal((200, "2", ""), (status, headers["X-KT-Attempts"].ToString(), headers["X-KT-Mark"].ToString()));
        Assert.Equal(Mark.Unspecified, gateway.Attempts()[1].Last.Event!.Mark);
    }
}
