using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Grpc.Core;
using Grpc.Net.Client;
using Platform.AppHost;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using LeasesClient = Platform.Contracts.Wallet.V1.Leases.LeasesClient;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests;

/// <summary>
/// Two replicas of Wallet and one of Metering. A lease lives through all that can happen to one, and a replica dies at a named step of it; whoever asked asks
/// again. At the end the wallet has paid what was used, once, and nothing is set aside.
/// </summary>
public sealed class LeaseCrashTests
{
    private const string Team = "team_support";
    private const string Prefix = "kt_live_";
    private const string OwnerToken = "ownertokenoftheleasecrashtests0000000000000";
    private const string ServiceToken = "servicetokenoftheleasecrashtests00000000000";
    private const long Bound = 1_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly string[] Steps =
    [
        "wallet.lease_acquire.before_commit", "wallet.lease_acquire.after_commit", "wallet.lease_suspend.before_commit", "wallet.lease_suspend.after_commit",
        "wallet.lease_report.before_commit", "wallet.lease_report.after_commit", "wallet.lease_close.before_commit", "wallet.lease_close.after_commit",
        "wallet.post.before_commit", "wallet.post.after_commit", "wallet.suspense_release.before_commit", "wallet.suspense_release.after_commit",
        "wallet.lease_sweep.before_commit", "wallet.lease_sweep.after_commit",
    ];

    private static readonly Metadata Gateway = new() { { "authorization", $"Bearer {Prefix}{ServiceToken}" } };
    private static readonly Metadata Owner = new() { { "authorization", $"Bearer {Prefix}{OwnerToken}" } };

    private LeasesClient _leases = null!;
    private WalletClient _wallet = null!;
    private Usage.UsageClient _usage = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replica_that_dies_at_any_step_of_a_lease_loses_and_doubles_nothing()
    {
        var orders = Path.Combine(Path.GetTempPath(), $"kt-crash-{Guid.CreateVersion7():N}");
        await using var app = await StartAsync(orders);
        using var wallet = GrpcChannel.ForAddress(app.GetEndpoint(ResourceNames.Wallet, ResourceNames.GrpcEndpoint));
        using var metering = GrpcChannel.ForAddress(app.GetEndpoint(ResourceNames.Metering, ResourceNames.GrpcEndpoint));
        (_leases, _wallet, _usage) = (new LeasesClient(wallet), new WalletClient(wallet), new Usage.UsageClient(metering));
        await _wallet.AllocateAsync(
            new AllocateRequest { TeamId = Team, AmountNanos = 1_000 * Bound, Currency = "USD", IdempotencyKey = "funds" }, Owner, cancellationToken: Cancel);

        var spent = 0L;
        foreach (var step in Steps)
        {
            await File.WriteAllTextAsync(orders, step, Cancel);
            spent += await LiveAsync(silent: step.Contains("sweep", StringComparison.Ordinal));
            Assert.True(File.Exists(orders + ".reached"), $"Nobody reached {step}.");
            File.Delete(orders + ".reached");
            await Eventually.TrueAsync(async () => await LineAsync() == $"{(1_000 * Bound) - spent}/0/0/{spent} over 0", Patience, $"the balance after {step}: spent {spent}; it is {await LineAsync()}");
            var verified = await AgainAsync(() => _wallet.VerifyAsync(new VerifyRequest(), Gateway, cancellationToken: Cancel));
            Assert.Empty(verified.Findings);
        }
    }

    /// <summary>One lease: granted, used, an attempt lost, given back, closed, posted late; or left by a holder that falls silent. Answers what it cost.</summary>
    private async Task<long> LiveAsync(bool silent)
    {
        var id = Guid.CreateVersion7().ToString();
        var asked = new AcquireLeaseRequest
        {
            LeaseId = id, Holder = "gateway-1", TeamId = Team, Currency = "USD", WantedNanos = 40 * Bound, BoundNanos = Bound,
        };
        var granted = await AgainAsync(() => _leases.AcquireAsync(asked, Gateway, cancellationToken: Cancel));
        Assert.Equal(40 * Bound, granted.GrantedNanos);

        var first = await RecordAsync(id);
        await Eventually.TrueAsync(async () => (await FindAsync(id))?.PostedNanos == first, Patience, "the first posting");
        if (silent)
        {
            await Eventually.TrueAsync(async () => (await FindAsync(id))?.State == LeaseState.Suspended, Patience, "the silent holder's lease in suspense");
            await AgainAsync(() => _wallet.ReleaseSuspenseAsync(new ReleaseSuspenseRequest { LeaseId = id, Description = "not billed" }, Owner, cancellationToken: Cancel));
            return first;
        }

        var unknown = new SuspendDrawRequest
        {
            LeaseId = id, AttemptId = Guid.CreateVersion7().ToString(), AmountNanos = Bound, Reason = "cut", TeamId = Team,
        };
        Assert.Equal(HoldState.Suspended, (await AgainAsync(() => _leases.SuspendDrawAsync(unknown, Gateway, cancellationToken: Cancel))).State);

        // One attempt more is in flight, and its usage is recorded when the lease is closed.
        var report = new ReportLeaseRequest { LeaseId = id, DrawnNanos = first + Bound, OpenNanos = Bound, Retired = true };
        Assert.Equal(LeaseState.Retired, (await AgainAsync(() => _leases.ReportAsync(report, Gateway, cancellationToken: Cancel))).Lease.State);
        var drawn = (2 * first) + Bound;
        var closed = await AgainAsync(() => _leases.CloseAsync(new CloseLeaseRequest { LeaseId = id, DrawnNanos = drawn }, Gateway, cancellationToken: Cancel));
        Assert.Equal((LeaseState.Closed, first), (closed.State, closed.HeldNanos));
        var last = await RecordAsync(id);
        await AgainAsync(() => _wallet.ReleaseSuspenseAsync(
            new ReleaseSuspenseRequest { AttemptId = unknown.AttemptId, Description = "not billed" }, Owner, cancellationToken: Cancel));
        return first + last;
    }

    /// <summary>Usage of an attempt that was drawn from the lease; answers what it costs.</summary>
    private async Task<long> RecordAsync(string leaseId)
    {
        var attempt = Guid.CreateVersion7().ToString();
        var usage = new UsageEvent
        {
            Source = "gateway-1", EventId = attempt, AttemptId = attempt, Funding = Funding.Leased, LeaseId = leaseId, BoundNanos = Bound, TeamId = Team,
            Provider = "openai", ModelServed = "gpt-4o-mini", Outcome = Outcome.Succeeded, OccurredAt = TimeProvider.System.GetUtcNow().ToTimestampUtc(),
            Tokens = new Tokens { Input = 100, Output = 100 },
        };
        var answer = await AgainAsync(() => _usage.RecordAsync(new RecordRequest { Events = { usage } }, Gateway, cancellationToken: Cancel));
        Assert.InRange(answer.Results.Single().CostNanos, 1, Bound);
        return answer.Results.Single().CostNanos;
    }

    private async Task<Lease?> FindAsync(string leaseId)
    {
        var listed = await AgainAsync(() => _leases.ListLeasesAsync(new ListLeasesRequest(), Gateway, cancellationToken: Cancel));
        return listed.Leases.SingleOrDefault(lease => lease.LeaseId == leaseId);
    }

    private async Task<string> LineAsync()
    {
        var answer = await AgainAsync(() => _wallet.GetBalanceAsync(new GetBalanceRequest { TeamId = Team }, Gateway, cancellationToken: Cancel));
        var wallet = answer.Effective;
        return $"{wallet.AvailableNanos}/{wallet.HeldNanos}/{wallet.SuspenseNanos}/{wallet.SpentNanos} over {wallet.OverageNanos}";
    }

    /// <summary>Asks until there is an answer: the replica that was asked may die, and then the other one, or the next one, answers.</summary>
    private static async Task<T> AgainAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        T? answer = default;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    answer = await call();
                    return true;
                }
                catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown)
                {
                    return false;
                }
            },
            Patience, "an answer");
        return answer!;
    }

    private static async Task<DistributedApplication> StartAsync(string orders)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [
                $"--Parameters:{ResourceNames.OwnerToken}={OwnerToken}", $"--Parameters:{ResourceNames.ServiceToken}={ServiceToken}",
                $"--Parameters:{ResourceNames.WalletReplicas}=2",
                $"--NativeHost:Only={ResourceNames.Postgres},{ResourceNames.Messaging},{ResourceNames.Wallet},{ResourceNames.Metering}",
            ],
            Cancel);
        var wallet = builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == ResourceNames.Wallet);
        builder.CreateResourceBuilder(wallet)
            .WithEnvironment("KT_CRASH_POINT", "@" + orders)
            .WithEnvironment("Leases__TtlSeconds", "15").WithEnvironment("Leases__GraceSeconds", "11");
        var app = await builder.BuildAsync(Cancel);
        await app.StartAsync(Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        foreach (var resource in new[] { ResourceNames.Wallet, ResourceNames.Metering })
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(resource, Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        }

        return app;
    }
}
