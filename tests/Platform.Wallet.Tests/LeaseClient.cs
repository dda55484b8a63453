using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Tests;

/// <summary>A lease as its holder calls for it, at one replica of the service.</summary>
internal sealed class LeaseClient(LedgerFixture ledger, string team, string holder = "gateway-1", IServiceProvider? replica = null)
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public string Holder => holder;

    public Task<AcquireLeaseResponse> AcquireAsync(
        long wanted, long known = 0, long drawn = 0, long open = 0, long bound = 1, string user = "", string application = "", string key = "") =>
        Get<AcquireLease>().RunAsync(
            new AcquireLeaseRequest
            {
                LeaseId = Id.ToString(), Holder = holder, TeamId = team, UserId = user, ApplicationId = application, Currency = "USD", WantedNanos = wanted, KeyId = key,
                BoundNanos = bound, KnownGrantedNanos = known, DrawnNanos = drawn, OpenNanos = open,
            },
            "test", LedgerFixture.Token);

    public Task<ReportLeaseResponse> ReportAsync(long returned, long drawn, long open, bool retired = false) => Get<ReportLease>().RunAsync(
        new ReportLeaseRequest { LeaseId = Id.ToString(), ReturnedNanos = returned, DrawnNanos = drawn, OpenNanos = open, Retired = retired }, "test",
        LedgerFixture.Token);

    public Task<HoldResponse> SuspendAsync(Guid attempt, long amount) => Get<SuspendDraw>().RunAsync(
        new SuspendDrawRequest { LeaseId = Id.ToString(), AttemptId = attempt.ToString(), AmountNanos = amount, Reason = "cut", TeamId = team }, "test",
        LedgerFixture.Token);

    public Task<Lease> CloseAsync(long drawn, bool incomplete = false) => Get<CloseLease>().RunAsync(
        new CloseLeaseRequest { LeaseId = Id.ToString(), DrawnNanos = drawn, JournalIncomplete = incomplete }, "test", LedgerFixture.Token);

    public UsageMeteredItem Item(long? cost, long bound, Guid? attempt = null) =>
        ledger.Item(team, attempt ?? Guid.CreateVersion7(), cost) with { LeaseId = Id, BoundNanos = bound };

    private T Get<T>()
        where T : notnull => replica is null ? ledger.Get<T>() : replica.GetRequiredService<T>();
}
