using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Api.Routes;

/// <param name="Policy">The whole document: providers, targets, models, lanes, rules, limits. docs/routing.md describes it.</param>
/// <param name="Description">Why.</param>
/// <param name="ExpectedVersion">Refuse when another version is in force; absent: whatever is in force.</param>
/// <param name="DryRun">Say what would change, and change nothing.</param>
internal sealed record RoutesInput([property: Required] JsonElement? Policy = null, string? Description = null, long? ExpectedVersion = null, bool? DryRun = null);

/// <param name="Version">Whose document comes into force again.</param>
/// <param name="Description">Why.</param>
/// <param name="ExpectedVersion">Refuse when another version is in force; absent: whatever is in force.</param>
internal sealed record RoutesRollbackInput([property: Required] long? Version = null, string? Description = null, long? ExpectedVersion = null);

/// <param name="Version">Counts from 1.</param>
/// <param name="Actor">Key id of who applied it.</param>
/// <param name="Changes">Against the version before.</param>
/// <param name="Policy">The document; absent in lists and in answers to changes.</param>
internal sealed record RouteVersionBody(
    long Version, DateTimeOffset? AppliedAt, string Actor, string Description, IReadOnlyList<RouteChangeBody> Changes, JsonObject? Policy)
{
    public static RouteVersionBody From(PolicyVersion version) => new(
        version.Version, version.AppliedAt.ToMoment(), version.Actor, version.Description, RouteChangeBody.From(version.Changes),
        version.Policy is null ? null : DocumentWriter.Write(version.Policy));
}

/// <param name="Kind">provider, target, model, lane, rule or limit.</param>
/// <param name="Change">added, changed, removed or moved.</param>
/// <param name="Detail">The fields with their old and new values, for people.</param>
internal sealed record RouteChangeBody(string Kind, string Name, string Change, string Detail)
{
    public static IReadOnlyList<RouteChangeBody> From(IEnumerable<PolicyChange> changes) =>
        [.. changes.Select(change => new RouteChangeBody(change.Kind, change.Name, change.Change, change.Detail))];
}

/// <param name="NextBefore">Ask with it as before; null: there are no older ones.</param>
internal sealed record RouteVersionsBody(IReadOnlyList<RouteVersionBody> Versions, long? NextBefore);

/// <param name="Applied">False: it was a dry run, or nothing changed.</param>
/// <param name="Version">What it has become, or of a dry run would become; when nothing changes, the one in force.</param>
/// <param name="Warnings">Targets of the document that take no calls for want of a price, a sentence each.</param>
internal sealed record RoutesAppliedBody(bool Applied, RouteVersionBody Version, IReadOnlyList<string> Warnings)
{
    public static RoutesAppliedBody From(ApplyPolicyResponse answer) => new(answer.Applied, RouteVersionBody.From(answer.Version), [.. answer.Warnings]);
}

internal sealed record RouteDiffBody(long From, long To, IReadOnlyList<RouteChangeBody> Changes);
