using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Controls;

/// <summary>
/// Makes a cap, sets a removed one again, or changes the active one. Leases that it concerns are asked back: what they have not drawn is counted as used, and was
/// not counted under a new cap.
/// </summary>
internal sealed class SetCap(LedgerDatabase database, CapOwners owners, LeaseRecall recall, TimeProvider time)
{
    public async Task<Cap> RunAsync(SetCapRequest request, string actor, CancellationToken cancellationToken)
    {
        Require(request);
        var scopeId = await owners.IdOfAsync(request.Scope, request.ScopeId, cancellationToken);
        return await database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, "SetCap", request.IdempotencyKey, request, cancellationToken);
                if (lookup.Answered(Cap.Parser) is { } replay)
                {
                    return (replay, false);
                }

                var now = time.GetUtcNow().TruncateToMicroseconds();
                var answer = await SetAsync(transaction, request, scopeId, actor, now, cancellationToken);
                await Idempotency.StoreAsync(transaction, "SetCap", request.IdempotencyKey, lookup, answer, now, cancellationToken);
                return (answer, true);
            },
            cancellationToken);
    }

    /// <summary>Checks and sets it within a transaction that has no locks of wallets yet, in this order: wallets with leases, caps, their accounts, the audit log.</summary>
    /// <param name="scopeId">Whom the cap is kept under: see <see cref="CapOwners"/>.</param>
    internal async Task<Cap> SetAsync(
        NpgsqlTransaction transaction, SetCapRequest request, string scopeId, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Require(request);
        var currency = await CapOwners.RequireAsync(transaction, request.Scope, scopeId, request.ScopeId, cancellationToken);
        Rules.Require(
            request.Currency == currency ? null : $"The organisation's currency is {currency}; the request has '{request.Currency}'.", Reasons.CurrencyMismatch);
        var leased = await CapStore.LockLeasedAsync(transaction, request.Scope, scopeId, cancellationToken);
        var revision = await CapStore.BeginChangeAsync(transaction, cancellationToken);
        var zone = request.TimeZone.Length == 0 ? "UTC" : request.TimeZone;
        var before = await CapStore.FindAsync(
            transaction, request.Scope, scopeId, (CalendarUnit)request.Period, request.Source, zone, cancellationToken);
        if (before is { Active: true } && before.TimeZone != zone)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.CapExists,
                $"Cap {before.CapId} is kept in time zone {before.TimeZone}. Remove it first; the one in {zone} then counts from the moment it is set.");
        }

        if (request.HasSettledNanos)
        {
            return await CorrectAsync(transaction, request, before, revision, leased, currency, now, cancellationToken);
        }

        var cap = (before ?? New(request, scopeId, zone, now)) with
        {
            Amount = request.AmountNanos, Description = request.Description, Active = true, Revision = revision, ChangedAt = now, ChangedBy = actor,
            CountsSince = before is { Active: true } ? before.CountsSince : now,
        };
        var (_, used, settled) = await CapStore.ReadCountAsync(transaction, cap.CapId, now, cancellationToken);
        cap = cap.WithSpent(before, request.HasSpentNanos ? (request.SpentNanos, request.SpentUntil.ToDateTimeOffset()) : null, settled, cap.PeriodAt(now));
        await CapStore.WriteAsync(transaction, cap, now, cancellationToken);
        await recall.ChangeScopesAsync(transaction, leased, LeaseRecall.Changed, cancellationToken);
        var team = await CapOwners.TeamOfAsync(transaction, cap, cancellationToken);
        await ControlEvents.OweAsync(transaction, ControlEvents.OfCap(before, cap, team, currency), now, cancellationToken);
        var answer = cap.ToContract(currency, cap.PeriodAt(now), used);
        var entry = new AuditEntry(
            actor, before is { Active: true } ? AuditActions.ChangeCap : AuditActions.SetCap, cap.CapId,
            before is null ? null : ChangeIdentity.Json(before.ToContract(currency, before.PeriodAt(now), answer.UsedNanos)), ChangeIdentity.Json(answer));
        await IdentityStore.AuditAsync(transaction, entry, now, cancellationToken);
        return answer;
    }

    // No change of whoever set the cap: nobody is told. Leases are asked back where they may let more through than is left.
    private async Task<Cap> CorrectAsync(
        NpgsqlTransaction transaction, SetCapRequest request, CapRow? before, long revision, string[] leased, string currency, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (before is not { Active: true } || before.Amount != request.AmountNanos)
        {
            throw RpcErrors.NotFound(Reasons.CapNotFound, "There is no such cap of this amount any more; what a cap misses is corrected only while it is as it was read. List the caps.");
        }

        var period = before.PeriodAt(now);
        var cap = before.Corrected((request.SpentNanos, request.SpentUntil.ToDateTimeOffset()), request.SettledNanos, period) with { Revision = revision };
        await CapStore.WriteAsync(transaction, cap, now, cancellationToken);

        // Behind the account's lock.
        var count = await CapStore.ReadCountAsync(transaction, cap.CapId, now, cancellationToken);
        if (cap.Uncounted > before.Uncounted && count.AccountId is { } account && cap.Amount - cap.UncountedIn(period) < count.Used)
        {
            await recall.RequestUnderAsync(transaction, leased, [account], cancellationToken);
        }

        return cap.ToContract(currency, period, count.Used);
    }

    private static CapRow New(SetCapRequest request, string scopeId, string zone, DateTimeOffset now) => new(
        $"cap_{Guid.CreateVersion7(now):N}", request.Scope, scopeId, (CalendarUnit)request.Period, zone, request.Source, 0, "", false, 0, now, now, "", now);

    private static void Require(SetCapRequest request)
    {
        Rules.RequireIdempotencyKey(request.IdempotencyKey);
        Rules.Require(request.AmountNanos > 0 ? null : $"amount_nanos must be above 0; it is {request.AmountNanos}.", Reasons.AmountInvalid);
        Rules.Require(request.HasSpentNanos && !(request.SpentUntil is { } until && Moments.IsUsable(until)) ? Moments.Complaint("spent_until") : null);
        Rules.Require(request.HasSettledNanos && !request.HasSpentNanos ? "settled_nanos needs spent_nanos and spent_until beside it: it corrects them." : null);
        Rules.Require(request.SettledNanos >= 0 ? null : $"settled_nanos must be 0 or more; it is {request.SettledNanos}.", Reasons.AmountInvalid);
        Rules.Require(request.SpentNanos >= 0 ? null : $"spent_nanos must be 0 or more; it is {request.SpentNanos}.", Reasons.AmountInvalid);
        Rules.Require(Enum.IsDefined(request.Period) && request.Period != CapPeriod.Unspecified ? null : "period must be day, week, month, quarter or year.");
        Rules.Require(CalendarPeriod.TryFindZone(request.TimeZone, out _) ? null : "time_zone is no IANA time zone; use a name such as UTC or Europe/Berlin.");
        Rules.Require(Validation.Text("source", request.Source, 0, 100));
        Rules.Require(Validation.Text("description", request.Description, 0, 500));
        Rules.Require(request.Scope switch
        {
            CapScope.Organisation => request.ScopeId.Length == 0 ? null : "scope_id is the id of a team, user or key; the organisation's caps have none.",
            CapScope.Team => Validation.TeamId(request.ScopeId),
            CapScope.User or CapScope.Key => Validation.Text("scope_id", request.ScopeId, 1, 100),
            _ => "scope must be organisation, team, user or key.",
        });
    }
}
