using Platform.Wallet.Allocations;
using Platform.Wallet.Verification;

namespace Platform.Wallet.Ledger;

internal static class FundsRegistration
{
    /// <summary>Money moved by people and by the calendar, what they read of it, and the verification of the ledger. Without the loops that run by themselves.</summary>
    public static void AddFunds(this IServiceCollection services)
    {
        services.AddSingleton<TransferStore>();
        services.AddSingleton<StatementStore>();
        services.AddSingleton<SpentMarkStore>();
        services.AddSingleton<MoveFunds>();
        services.AddSingleton<CreditFunds>();
        services.AddSingleton<AllocateFunds>();
        services.AddSingleton<ReclaimFunds>();
        services.AddSingleton<TransferFunds>();
        services.AddSingleton<CorrectTransfer>();
        services.AddSingleton<CreateWallet>();
        services.AddSingleton<OpenWallet>();

        services.AddSingleton<AllocationStore>();
        services.AddSingleton<DueStore>();
        services.AddSingleton<SchedulerSignal>();
        services.AddSingleton<PlanAllocation>();
        services.AddSingleton<ListAllocations>();
        services.AddSingleton<CancelAllocation>();

        services.AddSingleton<ReadWallets>();
        services.AddSingleton<WalletPageStore>();
        services.AddSingleton<ListWallets>();
        services.AddSingleton<TreeBurnRate>();
        services.AddSingleton<ListTransactions>();
        services.AddSingleton<GetStatement>();
        services.AddSingleton<VerifyLedger>();
        services.AddSingleton<VerifyNewEntries>();
        services.AddSingleton<VerificationStore>();
    }
}
