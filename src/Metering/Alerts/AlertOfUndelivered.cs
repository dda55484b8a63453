using System.Globalization;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts;

/// <summary>The alerts of what does not arrive between the services: usage on its way to the ledger, and messages. Pure.</summary>
internal static class AlertOfUndelivered
{
    /// <summary>More are counted, not named.</summary>
    private const int MostNamed = 5;

    /// <summary>Usage that is metered and has not left this service.</summary>
    /// <param name="oldest">When the oldest of them was recorded.</param>
    public static AlertRow UsageUnposted(Guid alertId, long messages, DateTimeOffset oldest, DateTimeOffset now) => new(
        alertId, AlertKind.UsageUnposted, AlertSeverity.Critical, "", "metering outbox",
        $"Metered usage has not left for the ledger for {Minutes(oldest, now)} minutes",
        "Calls go on, but wallets and forecasts do not see what they cost. Is the broker up? kt doctor says which service is not ready. Nothing is lost: it leaves when it can.",
        [new("age", Minutes(oldest, now), "minutes"), new("messages", Number(messages))],
        now);

    public static AlertRow UsageUnshipped(UsageUnshipped unshipped) => new(
        unshipped.EventId, AlertKind.UsageUnposted, AlertSeverity.Critical, "", unshipped.Gateways.Count == 1 ? unshipped.Gateways[0] : "gateway journals",
        $"Usage has been waiting in {(unshipped.Gateways.Count == 1 ? "a gateway's journal" : $"the journals of {Number(unshipped.Gateways.Count)} gateways")} for "
            + $"{Minutes(unshipped.OldestAt, unshipped.OccurredAt)} minutes",
        $"Metering has not taken it: {Named(unshipped.Gateways)}. Calls go on and nothing is lost, but spend, wallets and forecasts do not see what they cost. kt doctor says which service is not ready; "
            + "the gateway's log says what Metering answers. A gateway that is down ships when it is started on its journal again.",
        [
            new("age", Minutes(unshipped.OldestAt, unshipped.OccurredAt), "minutes"), new("attempts", Number(unshipped.Attempts)),
            new("gateways", Named(unshipped.Gateways)),
        ],
        unshipped.OccurredAt);

    public static AlertRow UsageRefused(UsageRefused refused) => new(
        refused.EventId, AlertKind.UsageRefused, AlertSeverity.Critical, "", refused.Gateway,
        $"Usage of gateway {refused.Gateway} was refused for good: {Number(refused.Records)} {(refused.Records == 1 ? "attempt lies" : "attempts lie")} among its dead letters",
        "It is not in spend. The lines of dead-letters.jsonl in the gateway's journal folder say why: Metering refused the record, or Wallet to keep the attempt in suspense. Mend the cause, settle them (kt wallets suspense "
            + "settle, or by the provider's bill), then move the file away: until then this is not told again.",
        [new("records", Number(refused.Records)), new("gateway", refused.Gateway)],
        refused.OccurredAt);

    public static AlertRow MessagesDead(MessagesDead dead) => new(
        dead.EventId, AlertKind.MessagesDead, AlertSeverity.Critical, "", $"{dead.Service}-{Number(dead.FirstDeadId)}",
        $"{Number(dead.Waiting)} {(dead.Waiting == 1 ? "message" : "messages")} of {dead.Service} could not be handled: {dead.FailureType}",
        $"What {(dead.Waiting == 1 ? "it says" : "they say")} is missing where it should be (queue {dead.Queue}). kt messages dead show {dead.Service}-{Number(dead.FirstDeadId)} shows the first; "
            + "mend the cause, then kt messages dead replay. This is not told again until none of these waits any more.",
        [
            new("messages", Number(dead.Waiting)), new("queue", dead.Queue), new("first", $"{dead.Service}-{Number(dead.FirstDeadId)}"), new("message_type", dead.MessageType),
            new("failure", dead.FailureType),
        ],
        dead.OccurredAt);

    private static string Named(IReadOnlyList<string> gateways) =>
        string.Join(", ", gateways.Take(MostNamed)) + (gateways.Count > MostNamed ? $" and {Number(gateways.Count - MostNamed)} more" : "");

    private static string Minutes(DateTimeOffset from, DateTimeOffset to) => Math.Floor((to - from).TotalMinutes).ToString("0", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
