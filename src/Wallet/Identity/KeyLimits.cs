using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;

namespace Platform.Wallet.Identity;

/// <summary>A key's own hard limits: caps of scope key, made in the key's transaction, so that it is never usable without them.</summary>
internal sealed class KeyLimits(SetCap setCap)
{
    /// <summary>INVALID_ARGUMENT (also AMOUNT_INVALID, CURRENCY_MISMATCH) unless the limit can be set.</summary>
    public async Task SetAsync(IdentityChange change, string keyId, MonthlyLimit limit, string idempotencyKey)
    {
        var request = new SetCapRequest
        {
            Scope = CapScope.Key,
            ScopeId = keyId,
            Period = CapPeriod.Month,
            TimeZone = limit.TimeZone,
            AmountNanos = limit.AmountNanos,
            Currency = limit.Currency,
            Description = "the key's own limit",
            IdempotencyKey = idempotencyKey,
        };
        SetCap.Require(request);
        await setCap.SetAsync(change.Transaction, request, change.Actor.KeyId, change.Now, change.CancellationToken);
    }

    /// <summary>Sets on a successor what people set on its predecessor. What others set (a budget) they set on the successor themselves.</summary>
    public async Task CarryOverAsync(IdentityChange change, string fromKeyId, string toKeyId)
    {
        // Nobody changes a cap from here on, so none is missed. The new key has no leases, so this order of locks meets that of SetCap.
        await CapStore.BeginChangeAsync(change.Transaction, change.CancellationToken);
        foreach (var cap in await CapStore.ListByPeopleAsync(change.Transaction, CapScope.Key, fromKeyId, change.CancellationToken))
        {
            var request = new SetCapRequest
            {
                Scope = CapScope.Key,
                ScopeId = toKeyId,
                Period = (CapPeriod)cap.Period,
                TimeZone = cap.TimeZone,
                AmountNanos = cap.Amount,
                Currency = change.Currency,
                Description = cap.Description,
            };
            await setCap.SetAsync(change.Transaction, request, change.Actor.KeyId, change.Now, change.CancellationToken);
        }
    }
}
