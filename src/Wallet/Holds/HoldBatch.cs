using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Postgres;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Controls;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>What a durable batch leaves to do.</summary>
/// <param name="Answered">Complete them.</param>
/// <param name="Parked">They wait for funds.</param>
/// <param name="Again">They are to be decided in another batch, with a wallet locked that was not.</param>
/// <param name="Raised">Wallets that have more available than before.</param>
/// <param name="WasRead">What it was decided on was read for it; false where that was as its writer had written it last.</param>
internal sealed record HoldBatchResult(
    List<HoldCommand> Answered, List<ParkedHold> Parked, List<HoldCommand> Again, IReadOnlyList<string> Raised, bool WasRead);

/// <param name="Since">When its wait began, on the monotonic clock.</param>
/// <param name="Limit">After as long it is decided again at the latest.</param>
internal sealed record ParkedHold(CreateHoldCommand Command, long Since, TimeSpan Limit)
{
    public TimeSpan Left(TimeProvider time) => Limit - time.GetElapsedTime(Since);
}

/// <summary>
/// One transaction of the writer, two round trips: 0. whose caps or wallets have changed since they were looked up, while they waited for funds or in the queue, has them looked up again;
/// 1. begin, lock the wallets in order, read holds and refusals behind the locks, lock the cap accounts in order; 2. decide the commands in the order of their
/// arrival; 3. for those that lack funds, or room under a cap, ask leases back, and decide again those that have none to wait for; 4. write holds, refusals, transfers, balances, cap
/// accounts and events set-based, and commit. Where all that the commands need is as this writer wrote it last, the first round trip is saved: the last one locks, makes sure of that, or
/// fails as a whole (see <see cref="LastWritten"/>). Where the database was set back and lacks a wallet or a cap's account that was looked up, all of them are read anew, and it is decided again.
/// </summary>
internal sealed class HoldBatch(Outbox outbox, ILeaseRecall recall, CapRecall capRecall, CapAccounts caps, CapFeed capFeed, KnownWallets known, TimeProvider time)
{
    private const int TimeoutSeconds = 15;

    /// <summary>How long a call waits for leases that were asked back.</summary>
    private static readonly TimeSpan RecallLimit = TimeSpan.FromSeconds(1);

    /// <param name="written">What this connection wrote last.</param>
    /// <param name="crowded">Wallets that so many calls wait for already that another one is refused instead.</param>
    public async Task<HoldBatchResult> RunAsync(
        NpgsqlConnection connection, LastWritten written, IReadOnlyList<HoldCommand> commands, IReadOnlySet<string> crowded, CancellationToken cancellationToken)
    {
        RenewWallets(commands);
        await RenewCapsAsync(commands, cancellationToken);
        return await RunKnownAsync(connection, written, commands, crowded, cancellationToken)
            ?? await RunReadAsync(connection, written, commands, crowded, cancellationToken)
            ?? await RunAnewAsync(connection, written, commands, crowded, cancellationToken);
    }

    /// <returns>Null, with nothing done: not all is known, or somebody else has written to it.</returns>
    private async Task<HoldBatchResult?> RunKnownAsync(
        NpgsqlConnection connection, LastWritten written, IReadOnlyList<HoldCommand> commands, IReadOnlySet<string> crowded, CancellationToken cancellationToken)
    {
        if (written.Find(commands) is not { } remembered)
        {
            return null;
        }

        CrashPoint.Reach(CrashPoints.HoldBeforeDecision);
        var unit = new HoldUnit(
            new LedgerUnit(remembered.Wallets, time.GetUtcNow().TruncateToMicroseconds(), remembered.Debits.Keys.Select(CapAccount.WithRoom)), remembered.Holds, []);
        var result = new HoldBatchResult([], [], [], [], WasRead: false);
        foreach (var command in commands)
        {
            Decide(unit, command, result, [], crowded);
        }

        // What a hold is told that takes no step is read: it may have taken others since.
        if (result.Answered.Count < commands.Count || commands.Any(command => command is ResolveHoldCommand { Answer.Verdict: not HoldVerdict.Apply }))
        {
            return null;
        }

        CrashPoint.Reach(CrashPoints.HoldBeforeCommit);
        try
        {
            await using var batch = new NpgsqlBatch(connection) { Timeout = TimeoutSeconds };
            HoldStore.AddKnownTo(batch, remembered);
            AddTo(batch, unit, changed => HoldStore.AddTo(batch, changed, written.VersionsOf(changed), unit.Ledger.Now));
            written.Keep(unit, await WriteAsync(batch, cancellationToken));
        }
        catch (PostgresException exception) when (exception.SqlState is HoldStore.WrittenElsewhere or PostgresErrorCodes.UniqueViolation)
        {
            written.Miss(remembered);
            return null;
        }

        return Finished(result, unit, remembered.Wallets);
    }

    /// <returns>Null, with nothing done: the database lacks what was looked up in it.</returns>
    private async Task<HoldBatchResult?> RunReadAsync(
        NpgsqlConnection connection, LastWritten written, IReadOnlyList<HoldCommand> commands, IReadOnlySet<string> crowded, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var locked = await LockAsync(transaction, commands, cancellationToken);
        CrashPoint.Reach(CrashPoints.HoldBeforeDecision);

        var ledger = new LedgerUnit(locked.Wallets, time.GetUtcNow().TruncateToMicroseconds(), locked.Caps);
        if (commands.OfType<CreateHoldCommand>().Any(create => IsLost(create, ledger)))
        {
            return null;
        }

        var unit = new HoldUnit(ledger, locked.Holds, locked.Denied);
        var result = new HoldBatchResult([], [], [], [], WasRead: true);
        var lacking = new List<CreateHoldCommand>();
        foreach (var command in commands)
        {
            Decide(unit, command, result, lacking, crowded);
        }

        if (lacking.Count > 0)
        {
            await RecallAsync(transaction, unit, lacking, result, crowded, cancellationToken);
        }

        CrashPoint.Reach(CrashPoints.HoldBeforeCommit);
        await using var batch = new NpgsqlBatch(connection) { Timeout = TimeoutSeconds };
        batch.BatchCommands.Add(HoldStore.TransactionId());
        AddTo(batch, unit, changed => HoldStore.AddTo(batch, changed, ledger.Now));
        AddAwait(batch, ledger, result.Parked);

        // In the same round trip as the rest: the wallets' locks are held for no idle moment, and an error before it leaves the transaction to roll back.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        var version = await WriteAsync(batch, cancellationToken);
        if (lacking.Count == 0 && result.Parked.Count == 0)
        {
            written.Keep(unit, version);
        }
        else
        {
            // Who waits is in the wallets' rows as well, beside what the unit knows.
            written.Forget();
        }

        return Finished(result, unit, locked.Wallets);
    }

    /// <summary>Has the wallets and caps looked up again that the database has lost.</summary>
    private async Task<HoldBatchResult> RunAnewAsync(
        NpgsqlConnection connection, LastWritten written, IReadOnlyList<HoldCommand> commands, IReadOnlySet<string> crowded, CancellationToken cancellationToken)
    {
        await known.RefreshAsync(cancellationToken);
        await capFeed.LoadAsync(cancellationToken);
        foreach (var create in commands.OfType<CreateHoldCommand>())
        {
            create.Caps = CallCaps.Unknown;
        }

        RenewWallets(commands);
        await RenewCapsAsync(commands, cancellationToken);
        return await RunReadAsync(connection, written, commands, crowded, cancellationToken)
            ?? throw RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, "The ledger's database was set back in this moment. Ask again with the same attempt_id.");
    }

    private HoldBatchResult Finished(HoldBatchResult result, HoldUnit unit, IEnumerable<WalletAccounts> before)
    {
        CrashPoint.Reach(CrashPoints.HoldAfterCommit);
        if (unit.Events.Count > 0)
        {
            outbox.Wake();
        }

        return result with { Raised = [.. before.Where(wallet => unit.Ledger[wallet.WalletId].Available > wallet.Available).Select(wallet => wallet.WalletId)] };
    }

    // The charge is decided when the hold is made: a wallet that a user or an application was given meanwhile pays for what waited for the team's funds.
    private void RenewWallets(IReadOnlyList<HoldCommand> commands)
    {
        var revision = known.Revision;
        foreach (var create in commands.OfType<CreateHoldCommand>().Where(create => create.WalletsRevision != revision))
        {
            create.WalletsRevision = revision;
            create.WalletId = known.Find(create.Demand.TeamId, create.Demand.UserId, create.Demand.ApplicationId) ?? create.WalletId;
        }
    }

    private async ValueTask RenewCapsAsync(IReadOnlyList<HoldCommand> commands, CancellationToken cancellationToken)
    {
        foreach (var command in commands)
        {
            if (command is CreateHoldCommand create && !caps.AreNewest(create.Caps))
            {
                create.Caps = await caps.ForAsync(create.CapSubject, time.GetUtcNow(), cancellationToken);
            }
        }
    }

    private static Task<LockedHolds> LockAsync(NpgsqlTransaction transaction, IReadOnlyList<HoldCommand> commands, CancellationToken cancellationToken)
    {
        var wallets = new HashSet<string>();
        var attempts = new HashSet<Guid>();
        var lookUp = new List<Guid>();
        var creates = new List<Guid>();
        var capAccounts = new HashSet<long>();
        foreach (var command in commands)
        {
            attempts.Add(command.AttemptId);
            if (command.WalletId is { } walletId)
            {
                wallets.Add(walletId);
            }
            else
            {
                lookUp.Add(command.AttemptId);
            }

            if (command is CreateHoldCommand create)
            {
                creates.Add(create.AttemptId);
                capAccounts.UnionWith(create.CapAccounts);
                if (create.WithOrganisation)
                {
                    wallets.Add(WalletAccounts.OrganisationId);
                }
            }
        }

        return HoldStore.LockAsync(transaction, new HoldNeeds([.. wallets], [.. lookUp], [.. attempts], [.. creates], [.. capAccounts]), cancellationToken);
    }

    private bool IsLost(CreateHoldCommand create, LedgerUnit ledger) =>
        !ledger.Caps.AreLocked(create.CapAccounts) || (create.WalletId is { } walletId && ledger.Find(walletId) is null && known.Contains(walletId));

    private void Decide(HoldUnit unit, HoldCommand command, HoldBatchResult result, List<CreateHoldCommand> lacking, IReadOnlySet<string> crowded)
    {
        switch (command)
        {
            case CreateHoldCommand create:
                Decide(unit, create, mayRecall: create.RecalledAt is not { } since || time.GetElapsedTime(since) < RecallLimit, result, lacking, crowded);
                break;
            case ResolveHoldCommand resolve:
                (unit.TryResolve(resolve) ? result.Answered : result.Again).Add(resolve);
                break;
            default:
                throw new InvalidOperationException($"Unknown command {command}.");
        }
    }

    private void Decide(
        HoldUnit unit, CreateHoldCommand command, bool mayRecall, HoldBatchResult result, List<CreateHoldCommand> lacking, IReadOnlySet<string> crowded)
    {
        var waited = time.GetElapsedTime(command.ArrivedAt);
        var gaveUp = command.LowerFollows || command.CallerGone.IsCancellationRequested || IsCrowdedOut(command, crowded);
        var decision = unit.Create(command, new CreateHoldChances(mayRecall, waited, gaveUp));
        switch (decision.Verdict)
        {
            case CreateHoldVerdict.Answer or CreateHoldVerdict.Refuse or CreateHoldVerdict.Grant:
                result.Answered.Add(command);
                break;
            case CreateHoldVerdict.Recall:
                lacking.Add(command);
                break;
            case CreateHoldVerdict.LockOrganisation:
                command.WithOrganisation = true;
                result.Again.Add(command);
                break;
            case CreateHoldVerdict.Wait:
                result.Parked.Add(new ParkedHold(command, command.ArrivedAt, TimeSpan.FromSeconds(decision.Wallet!.Policy.EmptyWaitSeconds)));
                break;
        }
    }

    private async Task RecallAsync(
        NpgsqlTransaction transaction, HoldUnit unit, List<CreateHoldCommand> lacking, HoldBatchResult result, IReadOnlySet<string> crowded,
        CancellationToken cancellationToken)
    {
        var refusing = lacking.ConvertAll(command => unit.Ledger.Caps.Refusal(command.CapAccounts, command.Demand.BoundNanos)?.AccountId);
        var waiting = await RequestAsync(transaction, lacking, refusing, cancellationToken);
        foreach (var (command, account) in lacking.Zip(refusing))
        {
            if ((account is { } cap ? waiting.Caps.Contains(cap) : waiting.Wallets.Contains(command.WalletId!)) && !IsCrowdedOut(command, crowded))
            {
                command.RecalledAt ??= time.GetTimestamp();
                result.Parked.Add(new ParkedHold(command, command.RecalledAt.Value, RecallLimit));
            }
            else
            {
                Decide(unit, command, mayRecall: false, result, lacking, crowded);
            }
        }
    }

    /// <summary>Where something may still come back: of wallets that lack funds, and of caps that leave too little.</summary>
    private async Task<(IReadOnlySet<string> Wallets, IReadOnlySet<long> Caps)> RequestAsync(
        NpgsqlTransaction transaction, List<CreateHoldCommand> lacking, List<long?> refusing, CancellationToken cancellationToken)
    {
        var wallets = lacking.Zip(refusing).Where(pair => pair.Second is null).Select(pair => pair.First.WalletId!).ToHashSet();
        var caps = refusing.OfType<long>().Distinct().ToArray();
        var pending = caps.Length == 0 ? new HashSet<long>() : await capRecall.FindPendingAsync(transaction, caps, cancellationToken);
        capRecall.Request(pending);
        return (wallets.Count == 0 ? new HashSet<string>() : await recall.RequestAsync(transaction, wallets, cancellationToken), pending);
    }

    private static bool IsCrowdedOut(CreateHoldCommand command, IReadOnlySet<string> crowded) =>
        command.ParkedAs == 0 && crowded.Contains(command.WalletId!);

    private static void AddTo(NpgsqlBatch batch, HoldUnit unit, Action<IReadOnlyCollection<HoldSnapshot>> addChanged)
    {
        var now = unit.Ledger.Now;
        HoldStore.AddNewTo(batch, unit.Made, now);
        HoldStore.AddTo(batch, unit.Denials, now);
        addChanged(unit.Changed);
        LedgerStore.AddTo(batch, unit.Ledger);
        Outbox.AddTo(batch, [.. unit.Events.Zip(unit.Traces, (denied, trace) => new OwedEvent(denied.AttemptId, denied, trace))], now);
    }

    /// <summary>Sends a batch whose first command answers its transaction's id, to its end.</summary>
    private static async Task<uint> WriteAsync(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var transactionId = reader.GetFieldValue<uint>(0);
        while (await reader.NextResultAsync(cancellationToken))
        {
        }

        return transactionId;
    }

    /// <summary>A wallet's row says that somebody waits, before the locks go: whoever brings money later sees it.</summary>
    private void AddAwait(NpgsqlBatch batch, LedgerUnit ledger, List<ParkedHold> parked)
    {
        if (parked.Count == 0)
        {
            return;
        }

        var until = ledger.Now + parked.Max(hold => hold.Left(time));
        string[] wallets =
        [
            .. parked.SelectMany(hold => hold.Command.WithOrganisation ? [hold.Command.WalletId!, WalletAccounts.OrganisationId] : new[] { hold.Command.WalletId! })
                .Distinct().Where(walletId => ledger[walletId].AwaitedUntil is not { } said || said < until),
        ];
        if (wallets.Length > 0)
        {
            FundsSignal.AddAwait(batch, wallets, until + FundsSignal.Margin);
        }
    }
}
