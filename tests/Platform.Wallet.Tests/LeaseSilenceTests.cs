using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Tests;

/// <summary>Whose silence is the holder's, and whose Wallet's own.</summary>
public sealed class LeaseSilenceTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    /// <summary>Nobody could be heard meanwhile: those who are there have their grace to say so, and only who is silent then is suspended.</summary>
    [Fact(Timeout = 300_000)]
    public async Task After_an_outage_of_the_database_holders_have_their_grace_to_be_heard_before_their_leases_go_to_suspense()
    {
        var (living, silent) = (await ledger.TeamWithAsync(10_000), await ledger.TeamWithAsync(10_000));
        var (heard, dead) = (new LeaseClient(ledger, living), new LeaseClient(ledger, silent));
        await heard.AcquireAsync(400);
        await dead.AcquireAsync(400);
        var sweep = ledger.Get<LeaseSweep>();
        await RoundsAsync(20);

        // For a minute there is no look, and no report either.
        ledger.Time.Advance(TimeSpan.FromMinutes(1));
        await RoundsAsync(1);
        Assert.Equal(LeaseState.Open, (await heard.ReportAsync(0, 30, 20)).Lease.State);
        await RoundsAsync(18);
        Assert.Equal("9600/400/0/0 over 0 of 10000", (await ledger.WalletAsync(silent)).Line());

        await RoundsAsync(2);
        Assert.Equal("9600/0/400/0 over 0 of 10000", (await ledger.WalletAsync(silent)).Line());
        Assert.Equal("9600/400/0/0 over 0 of 10000", (await ledger.WalletAsync(living)).Line());

        async Task RoundsAsync(int seconds)
        {
            for (var second = 0; second < seconds; second++)
            {
                await sweep.RoundAsync(LedgerFixture.Token);
                ledger.Time.Advance(TimeSpan.FromSeconds(1));
            }
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Looks_with_the_longest_pause_that_may_be_set_find_who_is_silent()
    {
        var team = await ledger.TeamWithAsync(10_000);
        await new LeaseClient(ledger, team).AcquireAsync(400);
        var sweep = ActivatorUtilities.CreateInstance<LeaseSweep>(ledger.Get<IServiceProvider>(), Options.Create(new LeaseOptions { SweepSeconds = 60 }));

        await sweep.RoundAsync(LedgerFixture.Token);
        ledger.Time.Advance(TimeSpan.FromMinutes(1));
        await sweep.RoundAsync(LedgerFixture.Token);

        Assert.Equal("9600/0/400/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
    }

    [Fact]
    public void A_look_that_failed_and_one_that_is_late_begin_anew()
    {
        var time = new FakeTimeProvider();
        var looks = new UnbrokenLooks(time, longestGap: TimeSpan.FromSeconds(21));
        var first = looks.Begin();
        looks.End(first);

        time.Advance(TimeSpan.FromSeconds(21));
        Assert.Equal(first, looks.Begin());

        time.Advance(TimeSpan.FromSeconds(1));
        var second = looks.Begin();
        Assert.Equal(first + TimeSpan.FromSeconds(22), second);
        looks.End(second);

        time.Advance(TimeSpan.FromSeconds(22));
        Assert.Equal(second + TimeSpan.FromSeconds(22), looks.Begin());
    }
}
