using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;

namespace Platform.Wallet.Tests;

/// <summary>Since when a cap counts: whoever compares it with spend has to leave out what was before.</summary>
public sealed class CapCountsSinceTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task A_cap_counts_since_it_was_set_or_last_set_again_however_it_was_changed_since()
    {
        var team = await ledger.TeamWithAsync(0);
        var cap = await SetAsync(100);
        Assert.Equal(cap.CreatedAt, cap.CountsSince);
        ledger.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(cap.CreatedAt, (await SetAsync(200)).CountsSince);

        ledger.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(cap.CreatedAt, (await CapTests.RemoveAsync(ledger, cap.CapId)).CountsSince);
        ledger.Time.Advance(TimeSpan.FromDays(1));
        var again = await SetAsync(200);
        Assert.Equal((cap.CapId, cap.CreatedAt, again.ChangedAt), (again.CapId, again.CreatedAt, again.CountsSince));
        ledger.Time.Advance(TimeSpan.FromDays(1));
        var changed = await SetAsync(300);
        Assert.Equal(again.CountsSince, changed.CountsSince);
        Assert.Equal(changed, Assert.Single((await ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Scope = CapScope.Team, ScopeId = team }, LedgerFixture.Token)).Caps));

        Task<Cap> SetAsync(long amount) => CapTests.SetAsync(ledger, CapScope.Team, team, amount);
    }
}
