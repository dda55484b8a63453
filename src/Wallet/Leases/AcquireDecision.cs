using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>What a holder asks for; see AcquireLeaseRequest.</summary>
internal sealed record AcquireInput(
    Guid LeaseId, string Holder, LeaseSubject Subject, string Currency, long Wanted, long Bound, long KnownGranted, long Drawn, long Open);

/// <summary>What the ledger found behind the wallet's lock.</summary>
/// <param name="Wallet">The charged wallet; null when there is no team.</param>
/// <param name="Scope">What a lease of this subject is debited from; null without a wallet.</param>
/// <param name="Named">The lease that has the asked id; null when there is none.</param>
/// <param name="OfScope">The open lease that the holder has of this scope; null when there is none.</param>
/// <param name="UndrawnElsewhere">What other holders' leases of the wallet had left when they last told.</param>
/// <param name="Holders">Holders that the wallet is to be shared among, the asking one included.</param>
internal sealed record AcquireFacts(
    WalletAccounts? Wallet, LeaseScope? Scope, LeaseSnapshot? Named, LeaseSnapshot? OfScope, long UndrawnElsewhere, int Holders);

/// <summary>The answer to a holder that asks for a lease, in the contract's order of precedence. Pure.</summary>
/// <param name="Lease">The lease that the answer speaks of, as it is afterwards; null when there is none.</param>
/// <param name="Granted">What moves from available to held by this call; 0 for none.</param>
/// <param name="Changes">The lease is to be written.</param>
/// <param name="Problem">Set when the totals contradict what is known: LEASE_TOTALS_INVALID.</param>
internal sealed record AcquireDecision(
    LeaseOutcome Outcome, LeaseSnapshot? Lease = null, long Granted = 0, bool Changes = false, bool RecallOthers = false, string? Problem = null)
{
    public static AcquireDecision Decide(AcquireFacts facts, AcquireInput input, LeaseOptions options, DateTimeOffset now)
    {
        if (facts.Wallet is not { } wallet || facts.Scope is not { } scope)
        {
            return new AcquireDecision(LeaseOutcome.TeamNotFound);
        }

        if (wallet.Currency != input.Currency)
        {
            return new AcquireDecision(LeaseOutcome.CurrencyMismatch);
        }

        if (facts.Named is { } named)
        {
            // A scope that changed under a lease has recalled it, and that is what its holder must hear.
            var over = named.State != LeaseState.Open || named.EndsAt <= now;
            return named.Holder != input.Holder || (named.Scope != scope.Key && !over) ? new AcquireDecision(LeaseOutcome.ExistsDifferent)
                : over ? new AcquireDecision(LeaseOutcome.Ended, named)
                : wallet.Policy.Frozen ? new AcquireDecision(LeaseOutcome.Frozen, named)
                : DecideTopUp(named, wallet, facts, input, options, now);
        }

        if (input.KnownGranted != 0 || input.Drawn != 0 || input.Open != 0)
        {
            return Invalid("Wallet has no lease of this id, so known_granted_nanos, drawn_nanos and open_nanos must be 0.");
        }

        return wallet.Policy.Frozen ? new AcquireDecision(LeaseOutcome.Frozen)
            : facts.OfScope is { } other ? Unchanged(other, options, now)
            : DecideSlice(NewLease(input, scope, options, now), wallet, facts, input, options, now, isNew: true);
    }

    private static AcquireDecision DecideTopUp(
        LeaseSnapshot lease, WalletAccounts wallet, AcquireFacts facts, AcquireInput input, LeaseOptions options, DateTimeOffset now)
    {
        if (input.KnownGranted != lease.Granted)
        {
            return Unchanged(lease, options, now);
        }

        return LeaseDecision.ProblemOf(lease, lease.Returned, input.Drawn, input.Open) is { } problem
            ? Invalid(problem)
            : DecideSlice(lease with { Drawn = input.Drawn, Open = input.Open }, wallet, facts, input, options, now, isNew: false);
    }

    private static AcquireDecision DecideSlice(
        LeaseSnapshot lease, WalletAccounts wallet, AcquireFacts facts, AcquireInput input, LeaseOptions options, DateTimeOffset now, bool isNew)
    {
        var slice = LeaseSizing.Decide(Math.Min(wallet.Available, facts.Scope!.Left), lease.Undrawn, facts.UndrawnElsewhere, facts.Holders, input.Wanted, input.Bound);
        if (slice.Kind == LeaseSliceKind.Enough)
        {
            return Unchanged(lease, options, now);
        }

        // What cannot be drawn for a full second any more is not worth a lease, and observed wallets know every call.
        if (wallet.Policy.Observe || slice.Kind == LeaseSliceKind.UseHolds || options.TtlFrom(now, lease.EndsAt) == 0)
        {
            return new AcquireDecision(
                LeaseOutcome.UseHolds, isNew ? null : Extended(lease, options, now), Changes: !isNew, RecallOthers: slice.RecallOthers && !wallet.Policy.Observe);
        }

        var granted = Extended(lease with { Granted = lease.Granted + slice.Amount }, options, now);
        return new AcquireDecision(LeaseOutcome.Granted, granted, slice.Amount, Changes: true);
    }

    private static LeaseSnapshot NewLease(AcquireInput input, LeaseScope scope, LeaseOptions options, DateTimeOffset now) => new(
        input.LeaseId, input.Holder, scope.WalletId, input.Subject, scope.Key, scope.CapAccounts, LeaseState.Open, 0, 0, 0, 0, 0, 0, 0, false, false, "",
        scope.EndsAt, options.ExpiryFrom(now), now);

    private static AcquireDecision Unchanged(LeaseSnapshot lease, LeaseOptions options, DateTimeOffset now) =>
        new(LeaseOutcome.Unchanged, Extended(lease, options, now), Changes: true);

    private static LeaseSnapshot Extended(LeaseSnapshot lease, LeaseOptions options, DateTimeOffset now)
    {
        var expiry = options.ExpiryFrom(now);
        return lease with { ExpiresAt = expiry > lease.ExpiresAt ? expiry : lease.ExpiresAt };
    }

    private static AcquireDecision Invalid(string problem) => new(LeaseOutcome.Unspecified, Problem: problem);
}
