using System.Diagnostics;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Leases;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;

namespace Platform.Routing.Attempts;

/// <summary>One try at one target for one call: what was decided before it is sent, and its times.</summary>
internal sealed class Attempt : IDisposable
{
    public required Call Call { get; init; }

    /// <summary>Replaced when the wallet refused the first bound and affords a lower one: a refused id stays refused.</summary>
    public required Guid AttemptId { get; set; }

    /// <summary>1 for the first of its call that records have: one before it that was never sent does not count.</summary>
    public int Number { get; init; } = 1;

    /// <summary>The attempt of the call that this one repeats; null for its first.</summary>
    public Guid? RetryOf { get; init; }

    /// <summary>It has ended, and nothing of it was sent: no record has it.</summary>
    public bool IsUnsent { get; set; }

    /// <summary>Of the answer's bytes, how many came after the caller had left, in millionths.</summary>
    public int UndeliveredPpm { get; set; }

    /// <summary>Where it goes.</summary>
    public required RouteTarget Target { get; init; }

    public required ProviderKey ProviderKey { get; init; }

    /// <summary>True when the key is the team's own and not the provider's for all.</summary>
    public bool HasTeamKey => !ReferenceEquals(ProviderKey, Target.Provider.ApiKey);

    /// <summary>At the tier that is asked for: what it will most probably be billed at.</summary>
    public Price Price => Prices.Asked;

    /// <summary>What it may be billed at.</summary>
    public required BillablePrices Prices { get; init; }

    /// <summary>Why it goes there, for records and people.</summary>
    public required string Reason { get; init; }

    /// <summary>Of the target that was wanted in the first place; null when that is where it goes.</summary>
    public Price? PrimaryPrice { get; init; }

    /// <summary>Where the call would have gone without a lane of its own; null when it has none, or that is unknown.</summary>
    public Price? DefaultPrice { get; init; }

    /// <summary>Where a rule in shadow mode would have put the call; null when there is none, or that is unknown.</summary>
    public Price? ShadowPrice { get; init; }

    /// <summary>Lowered once when the wallet affords less than the default.</summary>
    public required Bound Bound { get; set; }

    /// <summary>What the bound was drawn from; null when it has a hold of its own.</summary>
    public HeldLease? Lease { get; set; }

    /// <summary>How its wallet let it through, where it could not cover it: what draws from a lease was covered.</summary>
    public Mark Mark { get; set; }

    /// <summary>Whose money it is.</summary>
    public LeaseSubject Subject => new(Call.Caller.TeamId, Call.Caller.UserId, Call.Caller.ApplicationId, Call.Caller.KeyId, Price.Currency);

    /// <summary>What it has drawn from the rate limits of its provider.</summary>
    public LimitPermit ProviderLimits { get; set; } = LimitPermit.None;

    /// <summary>What was not sent, for lack of money above all, was no request of its provider's: a team whose wallet is empty must not use up what is there for all.</summary>
    public void EndProviderLimits()
    {
        if (Sent == 0)
        {
            ProviderLimits.GiveBack();
            return;
        }

        ProviderLimits.Dispose();
    }

    /// <summary>What its answer takes of the room for large ones, until its caller has it or another attempt follows; null when nothing was read.</summary>
    public AnswerRoom.Share? Room { get; set; }

    /// <summary>As of the call: of its wait for its provider's limits.</summary>
    public DemandDenied? Delayed { get; set; }

    /// <summary>What the journal was told when it was sent; its end is told by the same, with what has become known since. Null until then.</summary>
    public UsageEvent? Told { get; set; }

    /// <summary>When the attempt began, to the microsecond, by the gateway's clock.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>The attempt's own span; null when nothing listens.</summary>
    public required Activity? Activity { get; init; }

    /// <summary>Readings of the monotonic clock; 0 until reached.</summary>
    public required long Started { get; init; }

    public long Sent { get; set; }

    /// <summary>From the moment when it may be sent until its end is recorded.</summary>
    public bool AwaitsEnd { get; set; }

    public long Answered { get; set; }

    /// <summary>What the team has left, as far as this replica knows; null when it does not.</summary>
    public long? WalletRemainingNanos { get; set; }

    public void Dispose() => Room?.Dispose();

    /// <summary>What is known before sending, as Metering takes it.</summary>
    public UsageEvent ToEvent(string replica) => new()
    {
        Source = UsageSources.GatewayPrefix + replica,
        EventId = AttemptId.ToString(),
        AttemptId = AttemptId.ToString(),
        CallId = Call.Id.ToString(),
        Funding = Funding.Leased,
        OccurredAt = OccurredAt.ToTimestampUtc(),
        TeamId = Call.Caller.TeamId,
        UserId = Call.Caller.UserId,
        ApplicationId = Call.Caller.ApplicationId,
        LeaseId = Lease?.Id.ToString() ?? "",
        BoundNanos = Lease is null ? 0 : Bound.Nanos,
        KeyId = Call.Caller.KeyId,
        Workload = Call.Workload,
        Lane = Call.Lane,
        Provider = Target.Provider.Name,
        ModelAsked = Call.Model.Name,
        ModelServed = Target.Model,
        ServiceTier = Price.Tier,
        Region = Prices.Region,
        PriceId = Price.PriceId,
        AttemptNumber = Number,
        Fallback = PrimaryPrice is not null,
        RetryOf = RetryOf?.ToString() ?? "",
        RouteReason = Reason,
        RoutePolicy = Call.Policy.Label,
        ShadowRule = Call.Shadow?.Name ?? "",
        Traceparent = Activity?.Id ?? "",
        UpstreamKey = ProviderKey.Hint,
        PromptHash = Call.PromptHash,
        UndeliveredPpm = UndeliveredPpm,
        Mark = Mark,
        Tags = { Call.Labels.Tags },
    };
}
