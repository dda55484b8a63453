using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Metering.Alerts;

/// <summary>The alert that an event becomes: its severity, and its words and figures for people. Pure.</summary>
internal static class AlertOf
{
    /// <summary>From this level down a wallet is nearly empty.</summary>
    private const int CriticalLevelPercent = 5;

    public static AlertRow WalletLow(WalletLow low) => new(
        low.EventId, AlertKind.WalletLow, low.LevelPercent <= CriticalLevelPercent ? AlertSeverity.Critical : AlertSeverity.Warning, low.TeamId, low.WalletId,
        $"Wallet {low.WalletId} is below {low.LevelPercent} %: {Rounded(low.AvailableNanos + low.SetAsideNanos, low.Currency)} of {Rounded(low.PutInNanos, low.Currency)} {low.Currency} left",
        (low.SetAsideNanos > 0 ? $"{Rounded(low.SetAsideNanos, low.Currency)} of it is set aside for calls. " : "")
            + "Calls go on until nothing is left, then they are refused. Allocate more with kt wallets allocate, or look at what spends it with kt spend.",
        [
            Figure.Amount("available", low.AvailableNanos, low.Currency), Figure.Amount("set_aside", low.SetAsideNanos, low.Currency), Figure.Amount("put_in", low.PutInNanos, low.Currency),
            new("level", Number(low.LevelPercent), "%"),
        ],
        low.OccurredAt);

    public static AlertRow WalletExhausted(WalletExhausted exhausted) => new(
        exhausted.EventId, AlertKind.WalletExhausted, AlertSeverity.Critical, exhausted.TeamId, exhausted.WalletId,
        $"Wallet {exhausted.WalletId} is exhausted: {Rounded(exhausted.AvailableNanos, exhausted.Currency)} of {Rounded(exhausted.PutInNanos, exhausted.Currency)} {exhausted.Currency} left",
        (exhausted.SetAsideNanos > 0 ? $"{Rounded(exhausted.SetAsideNanos, exhausted.Currency)} {exhausted.Currency} more is set aside for calls, and what they do not spend returns. " : "")
            + "Calls are refused, or charged to the wallet above where its policy says so. Allocate more with kt wallets allocate.",
        [Figure.Amount("available", exhausted.AvailableNanos, exhausted.Currency), Figure.Amount("set_aside", exhausted.SetAsideNanos, exhausted.Currency), Figure.Amount("put_in", exhausted.PutInNanos, exhausted.Currency)],
        exhausted.OccurredAt);

    public static AlertRow WalletOverdrawn(WalletOverdrawn overdrawn) => new(
        overdrawn.EventId, AlertKind.WalletOverdrawn, AlertSeverity.Warning, overdrawn.TeamId, overdrawn.WalletId,
        $"Wallet {overdrawn.WalletId} is overdrawn by {Rounded(overdrawn.OverageNanos, overdrawn.Currency)} {overdrawn.Currency}",
        "It was charged for more than it had: usage made elsewhere, a bill above its bound, or a correction. The next money that comes in, or comes back from what is set aside for calls, repays it first.",
        [Figure.Amount("overage", overdrawn.OverageNanos, overdrawn.Currency)],
        overdrawn.OccurredAt);

    /// <summary>Once an hour for a gateway, a team and a reason: a gateway that is lost may have held thousands of leases, one for each user with a wallet.</summary>
    public static AlertRow LeaseSuspended(LeaseSuspended suspended) => new(
        DerivedId.Of("lease suspended", suspended.Holder, suspended.TeamId, suspended.Reason, suspended.OccurredAt.UtcDateTime.ToString("yyyy-MM-ddTHH", CultureInfo.InvariantCulture)),
        AlertKind.LeaseSuspended, AlertSeverity.Warning, suspended.TeamId, suspended.LeaseId.ToString(),
        $"{Rounded(suspended.AmountNanos, suspended.Currency)} {suspended.Currency} of wallet {suspended.WalletId} wait in suspense: gateway {suspended.Holder} does not account for them",
        $"{suspended.Reason}. Usage may be unposted. Start that gateway on its journal again; where it is lost for good, kt wallets suspense release gives back what is left. "
            + $"More leases that it leaves so are told once an hour: kt wallets suspense list{(suspended.TeamId.Length == 0 ? "" : $" --team {suspended.TeamId}")} has all, and their sum.",
        [
            Figure.Amount("suspended", suspended.AmountNanos, suspended.Currency), new("wallet", suspended.WalletId), new("gateway", suspended.Holder),
        ],
        suspended.OccurredAt);

    public static AlertRow LedgerInconsistent(LedgerInconsistent inconsistent) => new(
        inconsistent.EventId, AlertKind.LedgerInconsistent, AlertSeverity.Critical, "", "ledger",
        $"The ledger is inconsistent: {Number(inconsistent.Findings)} {(inconsistent.Findings == 1 ? "finding" : "findings")}",
        $"{inconsistent.First} Its figures may be wrong. kt wallets verify names all findings.",
        [new("findings", Number(inconsistent.Findings))],
        inconsistent.OccurredAt);

    public static AlertRow ProviderMisconfigured(ProviderMisconfigured wrong) => new(
        wrong.EventId, AlertKind.ProviderMisconfigured, AlertSeverity.Critical, wrong.TeamId, wrong.Target,
        $"Provider {wrong.Provider} {wrong.Reason}: calls cannot be served by {wrong.Target}{(wrong.TeamId.Length == 0 ? "" : $" with the key of team {wrong.TeamId}")}",
        $"They go to the next target of their set, or fail where there is none. kt providers test {wrong.Provider} asks it; keys stand in the routing service's environment, models in the policy "
            + "(kt routes show), and an account without credit is filled up at the provider.",
        [new("provider", wrong.Provider), new("target", wrong.Target), new("model", wrong.Model)],
        wrong.OccurredAt);

    public static AlertRow PolicyUnusable(PolicyUnusable policy) => new(
        policy.EventId, AlertKind.PolicyUnusable, AlertSeverity.Critical, "", policy.Replica,
        policy.Serving == policy.Version
            ? $"Policy version {Number(policy.Version)} is not served as it says"
            : $"Policy version {Number(policy.Version)} cannot be served by gateway {policy.Replica}; version {Number(policy.Serving)} stands",
        policy.Serving == policy.Version
            ? $"{policy.Problem} Set that right and apply the policy again: kt routes show writes it, kt routes apply takes it."
            : $"{policy.Problem} Run the release that accepted the policy, or put one in force that this one can serve (kt routes rollback {Number(policy.Serving)}).",
        [new("version", Number(policy.Version)), new("serving", Number(policy.Serving))],
        policy.OccurredAt);

    public static AlertRow BatchCompleted(BatchCompleted batch) => new(
        batch.EventId, AlertKind.BatchCompleted, batch.Failed + batch.Unknown > 0 ? AlertSeverity.Warning : AlertSeverity.Info, batch.TeamId, batch.BatchId.ToString(),
        $"Batch {(batch.Name.Length > 0 ? batch.Name : batch.BatchId)} has ended: {Number(batch.Succeeded)} of "
            + $"{Number((long)batch.Succeeded + batch.Failed + batch.Unknown + batch.Cancelled)} requests succeeded",
        $"kt batches results {batch.BatchId} fetches the answers.{(batch.Unknown == 0 ? "" : " Of unknown ones nobody knows whether they were billed: they are not run again.")}",
        [
            new("succeeded", Number(batch.Succeeded)), new("failed", Number(batch.Failed)), new("unknown", Number(batch.Unknown)), new("cancelled", Number(batch.Cancelled)),
            new("lane", batch.Lane),
        ],
        batch.OccurredAt);

    /// <summary>A cap that has refused a call; its id follows from the cap, its period and its amount, so it is raised again when a raised amount is reached too.</summary>
    /// <param name="budget">The name of the budget whose hard limit the cap is; null for a cap that people set.</param>
    public static AlertRow CapReached(DemandDenied denied, DateTimeOffset endsAt, string? budget) => new(
        DerivedId.Of("cap reached", denied.CapId, Moment(endsAt), Number(denied.CapLimitNanos)),
        AlertKind.CapReached, AlertSeverity.Critical, denied.TeamId, denied.CapId,
        $"{(budget is null ? $"Cap {denied.CapId}" : $"Budget {budget}, a hard limit")} of {Rounded(denied.CapLimitNanos, denied.Currency)} {denied.Currency}{(budget is null ? "" : ",")} is reached: it refuses calls of team {denied.TeamId}",
        $"What is left of it is too little for a call, until its period ends at {Moment(endsAt)}. "
            + (budget is null ? "kt caps list shows whose it is; raise it with kt caps set." : $"It is cap {denied.CapId}; raise the budget with kt budgets set, or let it only tell (kt budgets list shows it)."),
        [
            Figure.Amount("limit", denied.CapLimitNanos, denied.Currency), Figure.Amount("asked", denied.EstimatedCostNanos, denied.Currency), new("team", denied.TeamId),
            new("ends_at", Moment(endsAt)),
        ],
        denied.OccurredAt);

    /// <summary>Usage without a price; its id follows from provider, model and UTC day.</summary>
    public static AlertRow UsageUnpriced(string provider, string model, int records, DateTimeOffset now) => new(
        DerivedId.Of("usage unpriced", provider, model, now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        AlertKind.UsageUnpriced, AlertSeverity.Warning, "", $"{provider}/{model}",
        $"Usage of {provider} {model} has no price: {Number(records)} {(records == 1 ? "record" : "records")} so far",
        "It is stored without a cost, so spend shows too little. Set a price with kt prices set, and it is rated by corrections. kt prices unpriced shows how much waits, and of which tier.",
        [new("records", Number(records)), new("provider", provider), new("model", model)],
        now);

    /// <summary>Records that a price claims and that keep the cost that they have; its id follows from the price and the UTC day.</summary>
    /// <param name="records">One or more.</param>
    public static AlertRow UsageNotRepriced(Price price, IReadOnlyList<Guid> records, DateTimeOffset now) => new(
        DerivedId.Of("usage not repriced", Number(price.PriceId), now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        AlertKind.UsageNotRepriced, AlertSeverity.Critical, "", $"{price.Provider}/{price.Model}",
        $"A late price of {price.Provider} {price.Model} does not correct {(records.Count == 1 ? "a record" : $"{Number(records.Count)} records")}: a figure would leave its range",
        $"What they cost stays as it was; the first is {records[0]} (kt usage show). Where the price is a slip, set the right one, retroactively (kt prices set); where the tokens of a correction are, take it back (kt usage correct).",
        [new("records", Number(records.Count)), new("record", $"{records[0]}"), new("price", Number(price.PriceId)), new("provider", price.Provider), new("model", price.Model)],
        now);

    public static AlertRow ChannelFailing(string channelId, string name, string what, DateTimeOffset now) => new(
        DerivedId.Of("channel failing", channelId, now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        AlertKind.ChannelFailing, AlertSeverity.Warning, "", channelId,
        $"Alerts do not reach channel {name}",
        $"{what}. kt alerts dead list shows what was given up; kt alerts dead replay sends it again.",
        [new("channel", name)],
        now);

    public static AlertRow Test(Guid alertId, string teamId, string channel, DateTimeOffset now) => new(
        alertId, AlertKind.Test, AlertSeverity.Info, teamId, channel, $"Test of channel {channel}", "Somebody asked for this with kt alerts test. Nothing is wrong.",
        [new("channel", channel)], now);

    private static string Rounded(long nanos, string currency) => new Money(nanos).ToComparableString(currency);

    private static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
