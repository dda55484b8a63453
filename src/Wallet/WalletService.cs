using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;
using Platform.Wallet.Verification;
using WalletContract = Platform.Contracts.Wallet.V1.Wallet;

namespace Platform.Wallet;

/// <summary>The ledger's contract: each method is an operation of its own.</summary>
internal sealed class WalletService(
    CreditFunds credit, AllocateFunds allocate, ReclaimFunds reclaim, TransferFunds transfer, CorrectTransfer correct, CreateWallet createWallet,
    ReadWallets wallets, ListTransactions transactions, GetStatement statement, VerifyLedger verify, VerifyNewEntries verifyNew, CreateHold createHold, ResolveHold resolveHold,
    HoldStore holds, PostingStore postings) : WalletContract.WalletBase
{
    /// <summary>Reads what an older or newer version of the service wrote.</summary>
    private static readonly JsonParser ContextParser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    [RequireRole(Role.BillingAdmin)]
    public override Task<Transfer> Credit(CreditRequest request, ServerCallContext context) =>
        credit.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<Transfer> Allocate(AllocateRequest request, ServerCallContext context) =>
        allocate.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<Transfer> Reclaim(ReclaimRequest request, ServerCallContext context) =>
        reclaim.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<Transfer> TransferFunds(TransferFundsRequest request, ServerCallContext context) =>
        transfer.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.BillingAdmin)]
    public override Task<Transfer> Correct(CorrectRequest request, ServerCallContext context) =>
        correct.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Admin)]
    public override Task<WalletView> CreateWallet(CreateWalletRequest request, ServerCallContext context) =>
        createWallet.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListWalletsResponse> ListWallets(ListWalletsRequest request, ServerCallContext context) =>
        wallets.ListAsync(context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<GetWalletResponse> GetWallet(GetWalletRequest request, ServerCallContext context) =>
        wallets.GetAsync(request.WalletId, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<GetBalanceResponse> GetBalance(GetBalanceRequest request, ServerCallContext context) =>
        wallets.BalanceAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListTransactionsResponse> ListTransactions(ListTransactionsRequest request, ServerCallContext context) =>
        transactions.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<Statement> GetStatement(GetStatementRequest request, ServerCallContext context) =>
        statement.RunAsync(request, context.CancellationToken);

    [RequireRole(Role.Gateway)]
    public override Task<CreateHoldResponse> CreateHold(CreateHoldRequest request, ServerCallContext context) =>
        createHold.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Gateway)]
    public override Task<HoldResponse> MarkSent(MarkSentRequest request, ServerCallContext context) =>
        ResolveAsync(request.AttemptId, new HoldInput.MarkSent(), context);

    [RequireRole(Role.Gateway)]
    public override Task<HoldResponse> ReportHold(ReportHoldRequest request, ServerCallContext context)
    {
        Rules.Require(request.CostNanos >= 0 ? null : $"cost_nanos must be 0 or more; it is {request.CostNanos}.", Reasons.AmountInvalid);
        return ResolveAsync(request.AttemptId, new HoldInput.Report(request.CostNanos), context);
    }

    [RequireRole(Role.Gateway)]
    public override Task<HoldResponse> ReleaseHold(ReleaseHoldRequest request, ServerCallContext context)
    {
        Rules.Require(Validation.Text("reason", request.Reason, 0, 200));
        return ResolveAsync(request.AttemptId, new HoldInput.Release(request.Reason), context);
    }

    [RequireRole(Role.Gateway)]
    public override Task<HoldResponse> SuspendHold(SuspendHoldRequest request, ServerCallContext context)
    {
        Rules.Require(Validation.Text("reason", request.Reason, 0, 200));
        return ResolveAsync(request.AttemptId, new HoldInput.Suspend(request.Reason), context);
    }

    [RequireRole(Role.Viewer)]
    public override async Task ListOpenHolds(ListOpenHoldsRequest request, IServerStreamWriter<OpenHold> responseStream, ServerCallContext context)
    {
        await foreach (var hold in holds.ListOpenAsync(request.OccurredBefore.ToMoment(), context.CancellationToken))
        {
            await responseStream.WriteAsync(
                new OpenHold
                {
                    AttemptId = hold.AttemptId.ToString(),
                    WalletId = hold.WalletId,
                    TeamId = hold.WalletId!["wal_".Length..],
                    State = hold.State,
                    HeldNanos = hold.Held,
                    Reason = hold.State == HoldState.Suspended ? hold.Reason : "",
                    OccurredAt = hold.OccurredAt.ToTimestampUtc(),
                    Context = ContextParser.Parse<AttemptContext>(hold.ContextJson),
                },
                context.CancellationToken);
        }
    }

    [RequireRole(Role.Viewer)]
    public override async Task ListPostings(ListPostingsRequest request, IServerStreamWriter<Posting> responseStream, ServerCallContext context)
    {
        await foreach (var posting in postings.ListAsync(
            request.OccurredFrom.ToMoment(), request.OccurredBefore.ToMoment(), context.CancellationToken))
        {
            await responseStream.WriteAsync(posting, context.CancellationToken);
        }
    }

    [RequireRole(Role.Viewer)]
    public override Task<VerifyResponse> Verify(VerifyRequest request, ServerCallContext context) =>
        request.NewEntriesOnly ? verifyNew.RunAsync(context.CancellationToken) : verify.RunAsync(context.CancellationToken);

    private Task<HoldResponse> ResolveAsync(string attemptId, HoldInput input, ServerCallContext context) =>
        resolveHold.RunAsync(attemptId, input, Actor(context), context.CancellationToken);

    private static string Actor(ServerCallContext context) => context.GetCaller().KeyId;
}
