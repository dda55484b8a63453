using Grpc.Core;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;

namespace Platform.Routing.Tests.Leases;

/// <summary>
/// The arithmetic of leases.proto, and of a plain hold, for one wallet, as plain as it can be, in the process of the test: so that the pool can be driven under a clock that stands
/// still. Whether Wallet itself keeps to the contract, and the gateway with it, is for the integration tests.
/// </summary>
internal sealed class ContractWallet(long available) : UnaryInvoker
{
    public const int TimeToLiveSeconds = 30;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Held> _leases = [];

    public long Available { get; set; } = available;

    /// <summary>Who is charged for whom: subjects (team/user) with the same scope share a lease.</summary>
    public Func<string, string, string> ScopeOf { get; set; } = (team, _) => team;

    public int Holders { get; set; } = 1;

    public bool IsDown { get; set; }

    /// <summary>Calls take effect and their answers are lost.</summary>
    public bool LosesAnswers { get; set; }

    public bool IsFrozen { get; set; }

    /// <summary>Every hold that was asked for.</summary>
    public List<CreateHoldRequest> Holds { get; } = [];

    /// <summary>Which wallet it says holds are refused by.</summary>
    public string WalletId { get; set; } = "wal_team_support";

    /// <summary>How holds beyond what is available are let through; unspecified: they are refused.</summary>
    public Mark LetsThrough { get; set; }

    /// <summary>What comes into the wallet as soon as it has let one attempt through, in nanos.</summary>
    public long FilledAfterOne { get; set; }

    /// <summary>As when an operator has ended the lease.</summary>
    public bool RefusesSuspense { get; set; }

    public long ScopesRevision { get; set; } = 1;

    public WalletStatus Status { get; set; } = WalletStatus.Healthy;

    /// <summary>Answers wait for it.</summary>
    public Task Until { get; set; } = Task.CompletedTask;

    /// <summary>Answers to closes wait for it too.</summary>
    public Task ClosesUntil { get; set; } = Task.CompletedTask;

    public List<string> Calls { get; } = [];

    public Held Lease(Guid id) => _leases[id.ToString()];

    public IReadOnlyCollection<Held> Leases => _leases.Values;

    public static Contracts.Wallet.V1.Leases.LeasesClient ClientOf(ContractWallet wallet) => new(wallet);

    protected override async Task<object> AnswerAsync(string method, object request, CancellationToken cancellationToken)
    {
        object answer;
        lock (_gate)
        {
            Calls.Add(method);
            if (IsDown)
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "down"));
            }

            answer = request switch
            {
                AcquireLeaseRequest acquire => Acquire(acquire),
                ReportLeaseRequest report => Report(report),
                CloseLeaseRequest close => Close(close),
                SuspendDrawRequest suspend => Suspend(suspend),
                ListLeasesRequest => List(),
                CreateHoldRequest hold => Hold(hold),
                _ => throw new RpcException(new Status(StatusCode.Unimplemented, method)),
            };
        }

        await Until.WaitAsync(cancellationToken);
        await (request is CloseLeaseRequest ? ClosesUntil : Task.CompletedTask).WaitAsync(cancellationToken);
        return LosesAnswers ? throw new RpcException(new Status(StatusCode.DeadlineExceeded, "lost")) : answer;
    }

    private AcquireLeaseResponse Acquire(AcquireLeaseRequest request)
    {
        var scope = ScopeOf(request.TeamId, request.UserId);
        var answer = new AcquireLeaseResponse
        {
            Scope = scope, ScopesRevision = ScopesRevision, TtlSeconds = TimeToLiveSeconds, WalletStatus = Status, WalletBalanceNanos = Available,
        };
        var other = _leases.Values.FirstOrDefault(lease => lease.Scope == scope && !lease.Retired && lease.Id != request.LeaseId);
        var isKnown = _leases.TryGetValue(request.LeaseId, out var lease);
        if (isKnown && (lease!.Retired || lease.Scope != scope))
        {
            return new AcquireLeaseResponse { Outcome = lease.Retired ? LeaseOutcome.Ended : LeaseOutcome.ExistsDifferent, ScopesRevision = ScopesRevision };
        }

        if (IsFrozen)
        {
            return new AcquireLeaseResponse { Outcome = LeaseOutcome.Frozen, ScopesRevision = ScopesRevision };
        }

        if ((isKnown && request.KnownGrantedNanos != lease!.Granted) || (!isKnown && other is not null))
        {
            var standing = isKnown ? lease! : other!;
            (answer.Outcome, answer.LeaseId, answer.GrantedNanos) = (LeaseOutcome.Unchanged, standing.Id, standing.Granted);
            return answer;
        }

        var undrawn = isKnown ? lease!.Granted - lease.Returned - request.DrawnNanos - request.OpenNanos : 0;
        if (Available + undrawn < 20 * request.BoundNanos * Holders || Available < 20 * request.BoundNanos)
        {
            (answer.Outcome, answer.RetryAfterMs, answer.GrantedNanos) = (LeaseOutcome.UseHolds, 1000, lease?.Granted ?? 0);
            return answer;
        }

        lease ??= _leases[request.LeaseId] = new Held(request.LeaseId, scope);
        var grant = Math.Max(Math.Min(request.WantedNanos - undrawn, Available / (2 * Holders)), 20 * request.BoundNanos);
        Available -= grant;
        lease.Granted += grant;
        (answer.Outcome, answer.LeaseId, answer.GrantedNanos) = (LeaseOutcome.Granted, lease.Id, lease.Granted);
        return answer;
    }

    private CreateHoldResponse Hold(CreateHoldRequest request)
    {
        Holds.Add(request);
        var outcome = IsFrozen ? HoldOutcome.Frozen : request.BoundNanos <= Available ? HoldOutcome.Held : HoldOutcome.InsufficientFunds;
        Available -= outcome == HoldOutcome.Held ? request.BoundNanos : 0;
        if (outcome != HoldOutcome.Held && LetsThrough != Mark.Unspecified)
        {
            (Available, FilledAfterOne) = (Available + FilledAfterOne, 0);
            return new CreateHoldResponse { Outcome = HoldOutcome.Held, Overflow = LetsThrough == Mark.Overflow, Observed = LetsThrough == Mark.Observed };
        }

        return new CreateHoldResponse { Outcome = outcome, WalletId = WalletId, AvailableNanos = Available };
    }

    private ReportLeaseResponse Report(ReportLeaseRequest request)
    {
        var lease = Find(request.LeaseId);
        lease.Retired |= request.Retired;
        var returned = lease.Retired ? lease.Granted - request.DrawnNanos - request.OpenNanos : request.ReturnedNanos;
        Tell(lease, returned, request.DrawnNanos, request.OpenNanos);
        return new ReportLeaseResponse
        {
            Lease = new Lease { LeaseId = lease.Id, GrantedNanos = lease.Granted, State = lease.Retired ? LeaseState.Retired : LeaseState.Open },
            TtlSeconds = lease.Retired ? 0 : TimeToLiveSeconds,
            WalletStatus = Status,
            WalletBalanceNanos = Available,
            ScopesRevision = ScopesRevision,
        };
    }

    private HoldResponse Suspend(SuspendDrawRequest request)
    {
        if (RefusesSuspense)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "Lease ended."));
        }

        var lease = Find(request.LeaseId);
        lease.Suspended.TryAdd(request.AttemptId, request.AmountNanos);
        return new HoldResponse { AttemptId = request.AttemptId, State = HoldState.Suspended, HeldNanos = request.AmountNanos };
    }

    private ListLeasesResponse List() => new()
    {
        Leases =
        {
            _leases.Values.Select(lease => new Lease
            {
                LeaseId = lease.Id, DrawnNanos = lease.Drawn, State = lease.Closed ? LeaseState.Closed : lease.Retired ? LeaseState.Retired : LeaseState.Open,
            }),
        },
    };

    private Lease Close(CloseLeaseRequest request)
    {
        var lease = Find(request.LeaseId);
        if (request.JournalIncomplete)
        {
            lease.Retired = lease.Closed = lease.Incomplete = true;
            return new Lease { LeaseId = lease.Id, State = LeaseState.Suspended };
        }

        Tell(lease, lease.Granted - request.DrawnNanos, request.DrawnNanos, open: 0);
        lease.Retired = lease.Closed = true;
        return new Lease { LeaseId = lease.Id, State = LeaseState.Closed };
    }

    private void Tell(Held lease, long returned, long drawn, long open)
    {
        if (returned < lease.Returned || drawn < lease.Drawn || returned + drawn + open > lease.Granted)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"{returned} {drawn} {open} contradict {lease}"));
        }

        Available += returned - lease.Returned;
        (lease.Returned, lease.Drawn, lease.Open) = (returned, drawn, open);
    }

    private Held Find(string id) => _leases.GetValueOrDefault(id) ?? throw new RpcException(new Status(StatusCode.NotFound, id));

    internal sealed record Held(string Id, string Scope)
    {
        public long Granted { get; set; }

        public long Returned { get; set; }

        public long Drawn { get; set; }

        public long Open { get; set; }

        public bool Retired { get; set; }

        public bool Closed { get; set; }

        public bool Incomplete { get; set; }

        /// <summary>By attempt.</summary>
        public Dictionary<string, long> Suspended { get; } = [];
    }
}
