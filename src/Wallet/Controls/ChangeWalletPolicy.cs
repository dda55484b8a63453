using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;
using WalletPolicy = Platform.Wallet.Ledger.WalletPolicy;

namespace Platform.Wallet.Controls;

/// <summary>
/// Changes what a wallet's owner decides about it: 1. the key of the request; 2. the wallet's lock; 3. the new policy, and low-balance levels judged by it;
/// 4. its leases are asked back, where it now takes none; 5. its event, and its line in the audit log, unless nothing changed.
/// </summary>
internal sealed class ChangeWalletPolicy(LedgerDatabase database, LeaseRecall recall, TimeProvider time)
{
    public Task<WalletView> SetAsync(SetWalletPolicyRequest request, string actor, CancellationToken cancellationToken)
    {
        Rules.Require(request.EmptyWaitSeconds is >= 0 and <= 60 ? null : $"empty_wait_seconds must be 0 to 60; it is {request.EmptyWaitSeconds}.");
        var percents = request.LowPercents is { } levels ? Levels(levels.Percents) : null;
        Rules.Require(
            request is { HasOverflowToParent: true, OverflowToParent: true, WalletId: WalletAccounts.OrganisationId }
                ? "overflow_to_parent is for wallets below the organisation's: nothing is above that one."
                : null);
        return ChangeAsync(
            new Change("SetWalletPolicy", AuditActions.SetWalletPolicy, request.WalletId, request.IdempotencyKey, request, ""),
            policy => policy with
            {
                Observe = request.HasObserve ? request.Observe : policy.Observe,
                OverflowToParent = request.HasOverflowToParent ? request.OverflowToParent : policy.OverflowToParent,
                EmptyWaitSeconds = request.HasEmptyWaitSeconds ? (short)request.EmptyWaitSeconds : policy.EmptyWaitSeconds,
                LowPercents = percents ?? policy.LowPercents,
            },
            actor, cancellationToken);
    }

    public Task<WalletView> FreezeAsync(FreezeWalletRequest request, string actor, CancellationToken cancellationToken) => ChangeAsync(
        new Change("FreezeWallet", AuditActions.FreezeWallet, request.WalletId, request.IdempotencyKey, request, request.Description),
        policy => policy with { Frozen = true }, actor, cancellationToken);

    public Task<WalletView> UnfreezeAsync(UnfreezeWalletRequest request, string actor, CancellationToken cancellationToken) => ChangeAsync(
        new Change("UnfreezeWallet", AuditActions.UnfreezeWallet, request.WalletId, request.IdempotencyKey, request, request.Description),
        policy => policy with { Frozen = false }, actor, cancellationToken);

    private Task<WalletView> ChangeAsync(
        Change change, Func<WalletPolicy, WalletPolicy> decide, string actor, CancellationToken cancellationToken)
    {
        Rules.RequireIdempotencyKey(change.IdempotencyKey);
        Rules.RequireNoNul("wallet_id", change.WalletId);
        Rules.Require(Validation.Text("description", change.Description, 0, 500));
        return database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, change.Operation, change.IdempotencyKey, change.Request, cancellationToken);
                if (lookup.Answered(WalletView.Parser) is { } replay)
                {
                    return (replay, false);
                }

                var answer = await ApplyAsync(transaction, change, decide, actor, cancellationToken);
                await Idempotency.StoreAsync(
                    transaction, change.Operation, change.IdempotencyKey, lookup, answer, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
                return (answer, true);
            },
            cancellationToken);
    }

    private async Task<WalletView> ApplyAsync(
        NpgsqlTransaction transaction, Change change, Func<WalletPolicy, WalletPolicy> decide, string actor, CancellationToken cancellationToken)
    {
        var locked = await LedgerStore.LockAsync(transaction, [change.WalletId], cancellationToken);
        var before = locked.Count == 1
            ? locked[0]
            : throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{change.WalletId}'. List the wallets.");
        var policy = decide(before.Policy);
        if (policy.ToContract().Equals(before.Policy.ToContract()))
        {
            return ReadWallets.View(before);
        }

        var unit = new LedgerUnit(locked, time.GetUtcNow().TruncateToMicroseconds());
        unit.SetPolicy(before.WalletId, policy);
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        WalletPolicyStore.AddTo(batch, before.WalletId, policy);
        LedgerStore.AddTo(batch, unit);
        Outbox.AddTo(batch, [.. Events(change, before, policy, actor, unit.Now)], unit.Now);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        if ((policy.Frozen && !before.Policy.Frozen) || (policy.Observe && !before.Policy.Observe))
        {
            await recall.RequestAsync(transaction, [before.WalletId], policy.Frozen ? LeaseRecall.Frozen : LeaseRecall.Changed, cancellationToken);
        }

        await IdentityStore.AuditAsync(
            transaction, new AuditEntry(actor, change.Action, before.WalletId, Audited(before.Policy, ""), Audited(policy, change.Description)), unit.Now,
            cancellationToken);
        return ReadWallets.View(unit[before.WalletId]);
    }

    private static IEnumerable<OwedEvent> Events(Change change, WalletAccounts before, WalletPolicy policy, string actor, DateTimeOffset now)
    {
        if (policy.Frozen != before.Policy.Frozen)
        {
            yield return ControlEvents.OfFreeze("wallet", before.WalletId, before.TeamId, policy.Frozen, change.Description, actor, now);
        }

        if (ControlEvents.OfPolicy(before, policy, actor, now) is { } changed)
        {
            yield return changed;
        }
    }

    private static short[] Levels(RepeatedField<int> percents)
    {
        Rules.Require(
            percents.Count <= 5 && percents.All(percent => percent is >= 1 and <= 100) && percents.Distinct().Count() == percents.Count
                ? null
                : "low_percents must be at most 5 different levels of 1 to 100 percent.");
        return [.. percents.OrderDescending().Select(percent => (short)percent)];
    }

    private static string Audited(WalletPolicy policy, string description)
    {
        var json = JsonNode.Parse(ChangeIdentity.Json(policy.ToContract()))!;
        if (description.Length > 0)
        {
            json["description"] = description;
        }

        return json.ToJsonString();
    }

    /// <param name="Operation">For the idempotency key.</param>
    /// <param name="Action">For the audit log.</param>
    private sealed record Change(string Operation, string Action, string WalletId, string IdempotencyKey, IMessage Request, string Description);
}
