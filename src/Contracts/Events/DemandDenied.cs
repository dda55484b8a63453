using System.Text.Json.Serialization;

namespace Platform.Contracts.Events;

/// <summary>
/// An attempt was refused: demand that spend does not show; or it had to wait and was then let through. One refusal or wait, one event, but for storms that were refused unread. Published by Wallet for direct holds and by Routing for rate limits, what a key may not ask for, and freezes; Metering keeps it, so that
/// the forecast knows demand and not only what was let through.
/// </summary>
/// <param name="AttemptId">The refused attempt; also the event's identity.</param>
/// <param name="Reason">One of <see cref="Reasons"/>, for example INSUFFICIENT_FUNDS.</param>
/// <param name="Model">Empty where the call was refused before its request was read, as of a frozen team.</param>
/// <param name="EstimatedCostNanos">The upper bound that was asked for, in nano-units; 0 where the request was not read.</param>
/// <param name="UserId">Empty when unknown.</param>
/// <param name="ApplicationId">Empty when unknown.</param>
/// <param name="CapId">The period cap that refused it; empty where none did.</param>
/// <param name="CapLimitNanos">What the cap admits in its period.</param>
/// <param name="CapEndsAt">When the cap's period ends; null where no cap refused it.</param>
/// <param name="Tags">The call's, as its usage would have said them: at most 20. Null from versions that did not say.</param>
/// <param name="InputTokens">The input as it was estimated, of all kinds together; null where it is not known.</param>
/// <param name="DelayedMs">Above 0: how long the attempt waited for what it lacked (<see cref="Reason"/>). It was let through then, and what it cost is spend. 0: it was refused.</param>
/// <param name="Attempts">How many refusals it stands for: above 1 only of calls that were refused unread, of one key and reason within a minute.</param>
public sealed record DemandDenied(
    Guid AttemptId,
    string TeamId,
    string KeyId,
    string Workload,
    string Lane,
    string Provider,
    string Model,
    string Reason,
    long EstimatedCostNanos,
    string Currency,
    DateTimeOffset OccurredAt,
    string UserId = "",
    string ApplicationId = "",
    string CapId = "",
    long CapLimitNanos = 0,
    DateTimeOffset? CapEndsAt = null,
    [property: JsonConverter(typeof(TagsJson))] IReadOnlyDictionary<string, string>? Tags = null,
    long? InputTokens = null,
    long DelayedMs = 0,
    long Attempts = 1);
