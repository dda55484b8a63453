using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;
using Platform.Wallet.Suspense;
using Platform.Wallet.Verification;
using WalletContract = Platform.Contracts.Wallet.V1.Wallet;

namespace Platform.Wallet;

/// <summary>The ledger's contract: each method is an operation of its own.</summary>
internal sealed class WalletService(
    CreditFunds credit, AllocateFunds allocate, ReclaimFunds reclaim, TransferFunds transfer, CorrectTransfer correct, CreateWallet createWallet,
    ReadWallets wallets, ListWallets listWallets, ListTransactions transactions, GetStatement statement, VerifyLedger verify, VerifyNewEntries verifyNew,
    CreateHold createHold, CreateHolds createHolds, ResolveHold resolveHold, ReportHolds reportHolds, HoldStore holds, PostingStore postings,
    ReleaseSuspense releaseSuspense, StreamPlaces streams)
    : WalletContract.WalletBase
{
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
        createWallet.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override Task<ListWalletsResponse> ListWallets(ListWalletsRequest request, ServerCallContext context) =>
        listWallets.RunAsync(request, context.CancellationToken);

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
    public override Task<CreateHoldsResponse> CreateHolds(CreateHoldsRequest request, ServerCallContext context) =>
        createHolds.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Gateway)]
    public override Task<HoldResponse> MarkSent(MarkSentRequest request, ServerCallContext context) => resolveHold.MarkSentAsync(request, Actor(context));

    [RequireRole(Role.Gateway)]
    public override Task<HoldResponse> ReportHold(ReportHoldRequest request, ServerCallContext context) => resolveHold.ReportAsync(request, Actor(context));

    [RequireRole(Role.Gateway)]
    public override Task<ReportHoldsResponse> ReportHolds(ReportHoldsRequest request, ServerCallContext context) =>
        reportHolds.RunAsync(request, Actor(context));

    [RequireRole(Role.Gateway)]
    public override Task<HoldResponse> ReleaseHold(ReleaseHoldRequest request, ServerCallContext context) => resolveHold.ReleaseAsync(request, Actor(context));

    [RequireRole(Role.Gateway)]
    public override Task<HoldResponse> SuspendHold(SuspendHoldRequest request, ServerCallContext context) => resolveHold.SuspendAsync(request, Actor(context));

    [RequireRole(Role.BillingAdmin)]
    public override Task<ReleaseSuspenseResponse> ReleaseSuspense(ReleaseSuspenseRequest request, ServerCallContext context) =>
        releaseSuspense.RunAsync(request, Actor(context), context.CancellationToken);

    [RequireRole(Role.Viewer)]
    public override async Task StreamWallets(StreamWalletsRequest request, IServerStreamWriter<StreamWalletsResponse> responseStream, ServerCallContext context)
    {
        using var place = streams.Enter();
        await foreach (var some in wallets.StreamAsync(request, context.CancellationToken))
        {
            await responseStream.WriteAsync(some, context.CancellationToken);
        }
    }

    [RequireRole(Role.Viewer)]
    public override async Task ListOpenHolds(ListOpenHoldsRequest request, IServerStreamWriter<OpenHold> responseStream, ServerCallContext context)
    {
        // One row keeps no connection at its caller's pace.
        var attemptId = request.AttemptId.Length == 0 ? (Guid?)null : Rules.RequireAttemptId(request.AttemptId);
        using var place = attemptId is null ? streams.Enter() : null;
        await foreach (var (hold, about) in holds.ListOpenAsync(Rules.ReadMoment("occurred_before", request.OccurredBefore), attemptId, context.CancellationToken))
        {
            await responseStream.WriteAsync(
                new OpenHold
                {
                    AttemptId = hold.AttemptId.ToString(),
                    WalletId = hold.WalletId,
                    TeamId = hold.TeamId,
                    State = hold.State,
                    HeldNanos = hold.Held,
                    Reason = hold.State == HoldState.Suspended ? hold.Reason : "",
                    OccurredAt = hold.OccurredAt.ToTimestampUtc(),
                    Context = about,
                    UserId = hold.UserId,
                    ApplicationId = hold.ApplicationId,
                    Overflow = hold.Marks.HasFlag(TransferMarks.Overflow),
                    Observed = hold.Marks.HasFlag(TransferMarks.Observed),
                },
                context.CancellationToken);
        }
    }

    [RequireRole(Role.Viewer)]
    public override async Task ListPostings(ListPostingsRequest request, IServerStreamWriter<Posting> responseStream, ServerCallContext context)
    {
        using var place = streams.Enter();
        await foreach (var posting in postings.ListAsync(
            Rules.ReadMoment("occurred_from", request.OccurredFrom), Rules.ReadMoment("occurred_before", request.OccurredBefore), context.CancellationToken))
        {
            await responseStream.WriteAsync(posting, context.CancellationToken);
        }
    }

    [RequireRole(Role.Viewer)]
    public override Task<VerifyResponse> Verify(VerifyRequest request, ServerCallContext context) =>
        request.NewEntriesOnly ? verifyNew.RunAsync(context.CancellationToken) : verify.RunAsync(context.CancellationToken);

    private static string Actor(ServerCallContext context) => context.GetCaller().KeyId;
}
