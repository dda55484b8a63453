using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Controls;

/// <summary>A change of what governs spend.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="TeamId">The team that it is about; empty: all.</param>
/// <param name="Subject">The wallet, the budget, the policy's version, the cap, or what was frozen.</param>
/// <param name="Actor">Key id of who changed it, or a service's name.</param>
/// <param name="Summary">For people.</param>
internal sealed record ControlEvent(Guid EventId, DateTimeOffset OccurredAt, string Kind, string TeamId, string Subject, string Actor, string Summary)
{
    public const string Allocation = "allocation";
    public const string Budget = "budget";
    public const string Policy = "policy";
    public const string Cap = "cap";
    public const string Freeze = "freeze";
    public const string WalletPolicy = "wallet_policy";

    /// <summary>A version of a price that began: no event, the price book has it, and it stands among what else changed only.</summary>
    public const string Price = "price";

    /// <summary>All but allocations: what lets calls pass or not, or says where they go.</summary>
    public static readonly IReadOnlyList<string> Rules = [Policy, Budget, Cap, Freeze, WalletPolicy];

    public static readonly IReadOnlyList<string> Kinds = [Allocation, .. Rules];

    private const int MostShown = 20;

    /// <summary>Of money that goes from one team to another the one that gives: the change is about both. Empty otherwise.</summary>
    public string FromTeamId { get; init; } = "";

    /// <summary>It is about the team, or about all.</summary>
    public bool IsAbout(string teamId) => TeamId.Length == 0 || TeamId == teamId || FromTeamId == teamId;

    public static ControlEvent Of(AllocationChanged change)
    {
        var side = change.To is { TeamId.Length: > 0 } to ? to : change.From is { TeamId.Length: > 0 } from ? from : change.To ?? change.From;
        return new ControlEvent(
            change.TransferId, change.OccurredAt, Allocation, side?.TeamId ?? "", side?.WalletId ?? "", change.Actor,
            Said($"{change.Kind} of {new Money(change.AmountNanos)} {change.Currency} from {change.From?.WalletId ?? "outside"} to {change.To?.WalletId ?? "outside"}", change.Description))
        {
            FromTeamId = change.From is { TeamId.Length: > 0 } giver && giver.TeamId != side?.TeamId ? giver.TeamId : "",
        };
    }

    public static ControlEvent Of(BudgetChanged change) => new(
        change.EventId, change.OccurredAt, Budget, change.Scope.TeamId, change.BudgetId, change.Actor,
        change.Active
            ? $"budget {change.BudgetName} is {new Money(change.AmountNanos)} {change.Currency} a {change.Period}{(change.HardLimit ? ", with a hard limit" : "")}"
            : $"budget {change.BudgetName} was removed");

    public static ControlEvent Of(PolicyChanged change) => new(
        change.EventId, change.OccurredAt, Policy, "", change.Version.ToString(CultureInfo.InvariantCulture), change.Actor,
        Said(
            $"routing policy {change.Version}: " + string.Join("; ", change.Changes.Take(MostShown).Select(item => $"{item.Kind} {item.Name} {item.Change}{(item.Detail.Length > 0 ? $" ({item.Detail})" : "")}"))
            + (change.Changes.Count > MostShown ? $"; and {change.Changes.Count - MostShown} more" : ""),
            change.Description));

    /// <summary>Of segments with the same model, where a version of its price began for all of them.</summary>
    public static ControlEvent Of(IReadOnlyList<PriceStep> steps) => new(
        Guid.Empty, steps[0].From, Price, "", $"{steps[0].Provider}/{steps[0].Model}", steps[0].SetBy.Length > 0 ? steps[0].SetBy : "metering",
        $"a price of the book began: {steps[0].Provider}/{steps[0].Model} costs {PriceSentences.Change(PriceSentences.Ratio(steps))}");

    public static ControlEvent Of(CapChanged change)
    {
        var cap = $"cap of {(change.ScopeId.Length > 0 ? $"{change.Scope} {change.ScopeId}" : $"the {change.Scope}")}";
        var amount = $"{new Money(change.AmountNanos)} {change.Currency} a {change.Period}";
        return new ControlEvent(
            change.EventId, change.OccurredAt, Cap, change.TeamId, change.CapId, change.Actor,
            Said(
                change.Change switch
                {
                    "removed" => $"{cap} of {amount} was removed",
                    "changed" => $"{cap} is {amount}, no longer {new Money(change.BeforeNanos)}",
                    _ => $"{cap} is {amount}",
                },
                change.Description));
    }

    public static ControlEvent Of(FreezeChanged change) => new(
        change.EventId, change.OccurredAt, Freeze, change.TeamId, change.SubjectId, change.Actor,
        Said($"{change.Subject} {change.SubjectId} was {(change.Frozen ? "frozen" : "unfrozen")}", change.Description));

    public static ControlEvent Of(WalletPolicyChanged change) => new(
        change.EventId, change.OccurredAt, WalletPolicy, change.TeamId, change.WalletId, change.Actor,
        $"wallet {change.WalletId}: " + string.Join("; ", change.Changes.Select(item => $"{item.Setting} {item.Before} → {item.After}")));

    private static string Said(string what, string why) => why.Length > 0 ? $"{what}: {why}" : what;
}
