using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Wallet.Identity;

namespace Platform.Wallet.Tests;

/// <summary>Each test has an organisation of its own, with the one owner's key that the bootstrap made.</summary>
public sealed class LastOwnerTests : IAsyncLifetime
{
    private readonly LedgerFixture _ledger = new();
    private string _owner = "";

    public async ValueTask InitializeAsync()
    {
        await _ledger.InitializeAsync();
        _owner = await _ledger.ScalarAsync<string>("SELECT key_id FROM identity.api_key WHERE role = $1", (short)Role.Owner);
    }

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    /// <summary>Beside the first: nothing, or another owner's key that does not count because it ends or does not work, or one that counts.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData("", "revoke", Reasons.LastOwner)]
    [InlineData("", "freeze", Reasons.LastOwner)]
    [InlineData("", "rotate with an end", Reasons.LastOwner)]
    [InlineData("", "rotate", "")]
    [InlineData("ends", "revoke", Reasons.LastOwner)]
    [InlineData("frozen", "revoke", Reasons.LastOwner)]
    [InlineData("revoked", "revoke", Reasons.LastOwner)]
    [InlineData("disabled", "revoke", Reasons.LastOwner)]
    [InlineData("other", "revoke", "")]
    [InlineData("other", "freeze", "")]
    [InlineData("other", "rotate with an end", "")]
    public async Task The_last_owners_key_that_lasts_stays(string other, string action, string expected)
    {
        await AddOwnerAsync(other);
        var audited = await _ledger.ScalarAsync<long>("SELECT count(*) FROM identity.audit_log");
        Assert.Equal(expected, await HoldTests.TryAsync(() => ActAsync(_owner, action)) ?? "");
        if (expected.Length > 0)
        {
            Assert.Equal(audited, await _ledger.ScalarAsync<long>("SELECT count(*) FROM identity.audit_log"));
            Assert.Equal(1, await _ledger.ScalarAsync<long>(
                "SELECT count(*) FROM identity.api_key WHERE key_id = $1 AND revoked_at IS NULL AND frozen_at IS NULL AND expires_at IS NULL", _owner));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task The_user_of_the_last_owners_key_stays_enabled()
    {
        await AddOwnerAsync("of a user");
        await ActAsync(_owner, "revoke");
        var disable = new UpdateUserRequest { UserId = "u_owner", Disabled = true, IdempotencyKey = "disable" };
        Assert.Equal(Reasons.LastOwner, await HoldTests.TryAsync(() => _ledger.Get<UpdateUser>().RunAsync(disable, LedgerFixture.Tester, LedgerFixture.Token)));
        Assert.Equal(0, await _ledger.ScalarAsync<long>("SELECT count(*) FROM identity.user_account WHERE disabled_at IS NOT NULL"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Of_two_owners_that_end_each_other_at_once_one_stays()
    {
        for (var round = 0; round < 10; round++)
        {
            var other = await AddOwnerAsync("other");
            var outcomes = await Task.WhenAll(
                HoldTests.TryAsync(() => ActAsync(_owner, "revoke")), HoldTests.TryAsync(() => ActAsync(other, round % 2 == 0 ? "freeze" : "revoke")));
            Assert.Equal([null, Reasons.LastOwner], outcomes.Order());
            _owner = outcomes[0] is not null ? _owner : other;
        }
    }

    private async Task<string> AddOwnerAsync(string kind)
    {
        if (kind.Length == 0)
        {
            return "";
        }

        var request = new CreateKeyRequest { Name = "Other", Role = Role.Owner, IdempotencyKey = Guid.CreateVersion7().ToString() };
        if (kind is "disabled" or "of a user")
        {
            await KeyTests.UserAsync(_ledger, "u_owner");
            request.UserId = "u_owner";
        }

        if (kind == "ends")
        {
            request.ExpiresAt = Timestamp.FromDateTimeOffset(_ledger.Time.GetUtcNow().AddYears(1));
        }

        var key = (await _ledger.Get<CreateKey>().RunAsync(request, LedgerFixture.Tester, LedgerFixture.Token)).Key.KeyId;
        switch (kind)
        {
            case "frozen":
                await ActAsync(key, "freeze");
                break;
            case "revoked":
                await ActAsync(key, "revoke");
                break;
            case "disabled":
                await _ledger.Get<UpdateUser>().RunAsync(
                    new UpdateUserRequest { UserId = "u_owner", Disabled = true, IdempotencyKey = "disable" }, LedgerFixture.Tester, LedgerFixture.Token);
                break;
        }

        return key;
    }

    private async Task<string> ActAsync(string key, string action)
    {
        var idempotencyKey = Guid.CreateVersion7().ToString();
        return action switch
        {
            "revoke" => (await _ledger.Get<RevokeKey>().RunAsync(key, LedgerFixture.Tester, LedgerFixture.Token)).KeyId,
            "freeze" => (await _ledger.Get<FreezeKey>().RunAsync(
                new FreezeKeyRequest { KeyId = key, IdempotencyKey = idempotencyKey }, freeze: true, LedgerFixture.Tester, LedgerFixture.Token)).KeyId,
            _ => (await _ledger.Get<RotateKey>().RunAsync(
                new RotateKeyRequest
                {
                    KeyId = key,
                    ExpiresAt = action == "rotate" ? null : Timestamp.FromDateTimeOffset(_ledger.Time.GetUtcNow().AddYears(1)),
                    IdempotencyKey = idempotencyKey,
                },
                LedgerFixture.Tester, LedgerFixture.Token)).Key.KeyId,
        };
    }
}
