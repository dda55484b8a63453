using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;

namespace Platform.Wallet.Identity;

/// <summary>A new key's own hard limit: a cap of scope key, made in the key's transaction, so that there is never one without the other.
/// As every cap it is effective in every replica within two seconds.</summary>
internal sealed class KeyLimits(SetCap setCap)
{
    /// <summary>INVALID_ARGUMENT (also AMOUNT_INVALID, CURRENCY_MISMATCH) unless the limit can be set.</summary>
    /// <param name="keyId">Of a key that replaces none, made in this transaction: nothing has been leased for it.</param>
    public Task SetAsync(IdentityChange change, string keyId, MonthlyLimit limit, string idempotencyKey) => setCap.SetAsync(
        change.Transaction,
        new SetCapRequest
        {
            Scope = CapScope.Key,
            ScopeId = keyId,
            Period = CapPeriod.Month,
            TimeZone = limit.TimeZone,
            AmountNanos = limit.AmountNanos,
            Currency = limit.Currency,
            Description = "the key's own limit",
            IdempotencyKey = idempotencyKey,
        },
        keyId, change.Actor.KeyId, change.Now, change.CancellationToken);
}
