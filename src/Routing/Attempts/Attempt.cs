using System.Diagnostics;
using Google.Protobuf;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Leases;
using Platform.Routing.Policies;
using Platform.Routing.Shapes;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Attempts;

/// <summary>One try at one target for one call: what was decided before it is sent, and its times.</summary>
internal sealed class Attempt
{
    public required Guid CallId { get; init; }

    /// <summary>Replaced when the wallet refused the first bound and affords a lower one: a refused id stays refused.</summary>
    public required Guid AttemptId { get; set; }

    /// <summary>1 for a call's first.</summary>
    public int Number { get; init; } = 1;

    /// <summary>Of the call: what is asked and how its provider answers.</summary>
    public required WireShape Shape { get; init; }

    public required Caller Caller { get; init; }

    public required string Workload { get; init; }

    /// <summary>Equal for identical prompts of a team; nothing of the prompt can be read from it.</summary>
    public required ByteString PromptHash { get; init; }

    /// <summary>Of the answer's bytes, how many came after the caller had left, in millionths.</summary>
    public int UndeliveredPpm { get; set; }

    /// <summary>What was asked for.</summary>
    public required RouteModel Model { get; init; }

    /// <summary>The lane that it is served in.</summary>
    public required string Lane { get; init; }

    /// <summary>Where it goes.</summary>
    public required RouteTarget Target { get; init; }

    public required ProviderKey ProviderKey { get; init; }

    /// <summary>The policy that decided, as records name it.</summary>
    public required string Policy { get; init; }

    public required Price Price { get; init; }

    /// <summary>Lowered once when the wallet affords less than the default.</summary>
    public required Bound Bound { get; set; }

    /// <summary>What the bound was drawn from; null when it has a hold of its own.</summary>
    public HeldLease? Lease { get; set; }

    /// <summary>Whose money it is.</summary>
    public LeaseSubject Subject => new(Caller.TeamId, Caller.UserId, Caller.ApplicationId, Caller.KeyId, Price.Currency);

    /// <summary>When the attempt began, to the microsecond, by the gateway's clock.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>The attempt's own span; null when nothing listens.</summary>
    public required Activity? Activity { get; init; }

    /// <summary>Readings of the monotonic clock; 0 until reached.</summary>
    public required long Started { get; init; }

    public long Sent { get; set; }

    public long Answered { get; set; }

    /// <summary>What is known before sending, as Metering takes it.</summary>
    public UsageEvent ToEvent(string replica) => new()
    {
        Source = "gateway/" + replica,
        EventId = AttemptId.ToString(),
        AttemptId = AttemptId.ToString(),
        CallId = CallId.ToString(),
        Funding = Funding.Leased,
        OccurredAt = OccurredAt.ToTimestampUtc(),
        TeamId = Caller.TeamId,
        UserId = Caller.UserId,
        ApplicationId = Caller.ApplicationId,
        LeaseId = Lease?.Id.ToString() ?? "",
        BoundNanos = Lease is null ? 0 : Bound.Nanos,
        KeyId = Caller.KeyId,
        Workload = Workload,
        Lane = Lane,
        Provider = Target.Provider.Name,
        ModelAsked = Model.Name,
        ModelServed = Target.Model,
        PriceId = Price.PriceId,
        AttemptNumber = Number,
        RouteReason = "only target",
        RoutePolicy = Policy,
        Traceparent = Activity?.Id ?? "",
        UpstreamKey = ProviderKey.Hint,
        PromptHash = PromptHash,
        UndeliveredPpm = UndeliveredPpm,
    };
}
