using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>
/// What one transaction of the writer does: the commands in the order of their arrival, each decided on what the ones before it left. Pure; the
/// <see cref="HoldBatch"/> locks and reads before, and writes after.
/// </summary>
/// <param name="ledger">With the wallets that are locked.</param>
/// <param name="holds">Those of the commands' attempts that are held; changes as commands are applied.</param>
/// <param name="denied">Those of the commands' attempts that were refused, with the outcome; changes likewise.</param>
internal sealed class HoldUnit(LedgerUnit ledger, Dictionary<Guid, HoldSnapshot> holds, Dictionary<Guid, HoldOutcome> denied)
{
    private readonly Dictionary<Guid, NewHold> _made = [];
    private readonly Dictionary<Guid, HoldSnapshot> _changed = [];
    private readonly List<Denial> _denials = [];
    private readonly List<DemandDenied> _events = [];
    private readonly List<string?> _traces = [];

    public LedgerUnit Ledger => ledger;

    public IReadOnlyCollection<NewHold> Made => _made.Values;

    /// <summary>Of holds that were there before.</summary>
    public IReadOnlyCollection<HoldSnapshot> Changed => _changed.Values;

    public IReadOnlyList<Denial> Denials => _denials;

    public IReadOnlyList<DemandDenied> Events => _events;

    /// <summary>The trace of each of <see cref="Events"/>.</summary>
    public IReadOnlyList<string?> Traces => _traces;

    /// <summary>Decides a request and applies what the decision says. The answer is in the command, unless the decision asks for another one.</summary>
    public CreateHoldDecision Create(CreateHoldCommand command, CreateHoldChances chances)
    {
        var attemptId = command.AttemptId;
        var decision = CreateHoldDecision.Decide(command.Demand, new CreateHoldFacts(
            command.WalletId is null ? null : ledger.Find(command.WalletId),
            command.WithOrganisation ? ledger[WalletAccounts.OrganisationId] : null,
            holds.GetValueOrDefault(attemptId), denied.TryGetValue(attemptId, out var outcome) ? outcome : null,
            ledger.Caps.Refusal(command.CapAccounts, command.Demand.BoundNanos), chances.MayRecall, chances.Waited, chances.GaveUp));
        switch (decision.Verdict)
        {
            case CreateHoldVerdict.Grant:
                Grant(command, decision, chances.Waited);
                break;
            case CreateHoldVerdict.Refuse:
                Refuse(command, decision);
                break;
            case CreateHoldVerdict.Wait:
                command.IsDelayed = true;
                break;
            case CreateHoldVerdict.Answer or CreateHoldVerdict.Recall or CreateHoldVerdict.LockOrganisation:
                break;
        }

        command.Answer = Answer(command, decision);
        return decision;
    }

    /// <summary>Decides a step of a hold and applies it. A release of an id that was never held is remembered, so that a late request for it is refused.</summary>
    /// <returns>False when the hold's wallet is not among the locked ones: the command then knows its wallet and is to be decided again.</returns>
    public bool TryResolve(ResolveHoldCommand command)
    {
        var hold = holds.GetValueOrDefault(command.AttemptId);
        if (hold?.WalletId is { } walletId && ledger.Find(walletId) is null)
        {
            command.WalletId = walletId;
            return false;
        }

        var decision = HoldDecision.Decide(hold, command.Input, ledger.Now);
        if (decision.Verdict == HoldVerdict.NotFound && command.Input is HoldInput.Release release)
        {
            var tombstone = new HoldSnapshot(command.AttemptId, null, 0, 0, HoldState.Released, null, release.Reason, null, null, ledger.Now);
            Keep(new NewHold(tombstone, []));
            decision = new HoldDecision(HoldVerdict.Apply, tombstone, []);
        }
        else if (decision.Verdict == HoldVerdict.Apply)
        {
            Apply(command, hold!, decision);
        }

        command.Answer = decision;
        return true;
    }

    private void Refuse(CreateHoldCommand command, CreateHoldDecision decision)
    {
        denied[command.AttemptId] = decision.Outcome;
        _denials.Add(new Denial(command.AttemptId, decision.Outcome));
        if (decision.Outcome == HoldOutcome.Frozen ? command.FreezeTold : command.LowerFollows && decision.Outcome is HoldOutcome.InsufficientFunds or HoldOutcome.CapReached)
        {
            return;
        }

        Publish(command, decision.Outcome switch
        {
            HoldOutcome.Frozen => Reasons.WalletFrozen,
            HoldOutcome.CapReached => Reasons.CapReached,
            _ => Reasons.InsufficientFunds,
        });
        if (decision.Outcome == HoldOutcome.InsufficientFunds)
        {
            ledger.Refuse(decision.Wallet!.WalletId);
        }
    }

    private void Grant(CreateHoldCommand command, CreateHoldDecision decision, TimeSpan waited)
    {
        var walletId = decision.Wallet!.WalletId;
        var now = ledger.Now;
        var demand = command.Demand;
        var hold = new HoldSnapshot(
            command.AttemptId, walletId, demand.BoundNanos, decision.Held, command.Sent ? HoldState.Sent : HoldState.Pending, null, "", now + command.Expiry,
            command.Sent ? now : null, command.OccurredAt)
        {
            TeamId = demand.TeamId, UserId = demand.UserId, ApplicationId = demand.ApplicationId, Marks = decision.Marks, CapAccounts = command.CapAccounts,
        };
        Keep(new NewHold(hold, command.ContextBytes));
        ledger.Move(
            walletId, new Move(TransferKind.Reserve, Account.Available, Account.Held, decision.Held),
            new TransferDetails(command.Actor, command.OccurredAt, AttemptId: command.AttemptId, Marks: decision.Marks), command.CapAccounts);
        if (decision.Marks.HasFlag(TransferMarks.Observed))
        {
            Publish(command, decision.Lacking == HoldOutcome.CapReached ? Reasons.ObservedCapReached : Reasons.ObservedInsufficientFunds);
        }
        else if (command.IsDelayed)
        {
            Publish(command, Reasons.InsufficientFunds, Math.Max(1, (long)waited.TotalMilliseconds));
        }

        if (decision.Lacking == HoldOutcome.InsufficientFunds)
        {
            ledger.Refuse(command.WalletId!);
        }
    }

    private void Keep(NewHold made)
    {
        _made.Add(made.Hold.AttemptId, made);
        holds.Add(made.Hold.AttemptId, made.Hold);
    }

    private void Apply(ResolveHoldCommand command, HoldSnapshot before, HoldDecision decision)
    {
        var hold = decision.Hold!;
        holds[hold.AttemptId] = hold;
        if (_made.TryGetValue(hold.AttemptId, out var made))
        {
            _made[hold.AttemptId] = made with { Hold = hold };
        }
        else
        {
            _changed[hold.AttemptId] = hold;
        }

        var description = command.Input is not HoldInput.Expire ? "" : hold.State == HoldState.Suspended ? hold.Reason : "expired";
        foreach (var move in decision.Moves)
        {
            ledger.Move(
                before.WalletId!, move,
                new TransferDetails(command.Actor, before.OccurredAt, description, AttemptId: hold.AttemptId, Marks: before.Marks), before.CapAccounts);
        }
    }

    /// <summary>Demand that spend does not show, would not have, or shows late: owed to the broker once an attempt.</summary>
    /// <param name="delayedMs">0: refused, or only observed.</param>
    private void Publish(CreateHoldCommand command, string reason, long delayedMs = 0)
    {
        var (demand, context) = (command.Demand, command.Context);
        var cap = reason == Reasons.CapReached ? ledger.Caps.Tightest(command.CapAccounts) : null;
        _events.Add(new DemandDenied(
            demand.AttemptId, demand.TeamId, context.KeyId, context.Workload, context.Lane, context.Provider, context.Model, reason, demand.BoundNanos,
            demand.Currency, command.OccurredAt, demand.UserId, demand.ApplicationId, cap?.CapId ?? "", cap?.Amount ?? 0, cap?.PeriodTo,
            context.Tags, context.EstimatedInputTokens > 0 ? context.EstimatedInputTokens : null, delayedMs));
        _traces.Add(command.Trace?.Id);
    }

    private CreateHoldResponse Answer(CreateHoldCommand command, CreateHoldDecision decision)
    {
        // Of the hold that stands: where the organisation paid, its wallet is not the one that was asked.
        var stands = decision.Outcome is HoldOutcome.Held or HoldOutcome.Exists ? holds.GetValueOrDefault(command.AttemptId) : null;
        var cap = decision.Outcome == HoldOutcome.CapReached ? ledger.Caps.Tightest(command.CapAccounts) : null;
        var walletId = stands?.WalletId ?? decision.Wallet?.WalletId ?? "";
        return new CreateHoldResponse
        {
            Outcome = decision.Outcome,
            WalletId = walletId,
            AvailableNanos = cap?.Left ?? (ledger.Find(walletId) ?? decision.Wallet)?.Available ?? 0,
            CapId = cap?.CapId ?? "",
            Cap = cap is null ? null : new ReachedCap { AmountNanos = cap.Amount, ResetsAt = cap.PeriodTo.ToTimestampUtc() },
            Overflow = stands?.Marks.HasFlag(TransferMarks.Overflow) ?? false,
            Observed = stands?.Marks.HasFlag(TransferMarks.Observed) ?? false,
        };
    }
}

/// <summary>What may still be tried before a request is refused.</summary>
/// <param name="MayRecall">See <see cref="CreateHoldFacts"/>.</param>
internal readonly record struct CreateHoldChances(bool MayRecall, TimeSpan Waited, bool GaveUp);

/// <summary>A refused attempt: a repeat is refused with the same outcome.</summary>
internal sealed record Denial(Guid AttemptId, HoldOutcome Outcome);
