using Google.Protobuf;
using Platform.Contracts.Events;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>One call as it was decided before its first attempt: who asks for what, and who may serve it. It keeps the policy that it began with.</summary>
internal sealed class Call
{
    public required Guid Id { get; init; }

    public required WireShape Shape { get; init; }

    public required CallRequest Request { get; init; }

    public required Caller Caller { get; init; }

    public required CallLabels Labels { get; init; }

    public string Workload => Labels.Workload;

    /// <summary>Equal for identical prompts of a team; nothing of the prompt can be read from it. Empty when the gateway does not see the prompt.</summary>
    public required ByteString PromptHash { get; init; }

    public required RoutingTable Policy { get; init; }

    /// <summary>What was asked for.</summary>
    public required RouteModel Model { get; init; }

    /// <summary>The lane that it is served in.</summary>
    public required string Lane { get; init; }

    /// <summary>Why it is another lane than the model's own; empty when it is not.</summary>
    public required string LaneReason { get; init; }

    /// <summary>The right-sizing rule in shadow mode that would have put it into another lane; null for none.</summary>
    public RouteRule? Shadow { get; init; }

    /// <summary>Who may serve it.</summary>
    public required RouteSet Route { get; init; }

    /// <summary>When it arrived, by the monotonic clock.</summary>
    public required long Arrived { get; init; }

    /// <summary>Which item of a batch it runs; null when a caller waits for it.</summary>
    public ScheduledItem? Item { get; set; }

    /// <summary>As <see cref="Health.TargetAccess.Reporter"/>.</summary>
    public string? Reporter { get; set; }

    /// <summary>It goes on with a call that rate limits have counted as a request already.</summary>
    public bool IsCounted { get; set; }

    /// <summary>An attempt of it was sent, or was to be: who refuses it afterwards is not a limit before all of it.</summary>
    public bool IsSent { get; set; }

    /// <summary>An attempt of it that brought nothing is billed, or has ended with nobody knowing what it used: whatever the call's answer, it may have been billed.</summary>
    public bool MayBeBilled { get; set; }

    /// <summary>The status that the provider's error means which the caller got, whatever status it came under; null when it got none.</summary>
    public int? ErrorStatus { get; set; }

    /// <summary>What it has drawn from its rate limits; attempts say there what they used.</summary>
    public LimitPermit Limits { get; set; } = LimitPermit.None;

    /// <summary>What is to be told of its wait for its rate limits, once an attempt of it is sent; null when it did not wait, or that is told.</summary>
    public DemandDenied? Delayed { get; set; }
}
