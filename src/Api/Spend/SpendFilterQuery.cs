using Microsoft.AspNetCore.Mvc;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Spend;

/// <summary>
/// The filters of spend and usage as query parameters. Each may be given several times or with several values, comma-separated: one of them is met; different
/// parameters are all met. "(none)" is what has no value.
/// </summary>
internal sealed record SpendFilterQuery(
    [FromQuery(Name = "team")] string[]? Team, [FromQuery(Name = "user")] string[]? User, [FromQuery(Name = "application")] string[]? Application,
    [FromQuery(Name = "key")] string[]? Key, [FromQuery(Name = "workload")] string[]? Workload, [FromQuery(Name = "lane")] string[]? Lane,
    [FromQuery(Name = "provider")] string[]? Provider, [FromQuery(Name = "model")] string[]? Model, [FromQuery(Name = "outcome")] string[]? Outcome,
    [FromQuery(Name = "funding")] string[]? Funding)
{
    public const string None = "(none)";

    public IEnumerable<SpendFilter> Read() => new[]
    {
        Filter(SpendDimension.Team, Team), Filter(SpendDimension.User, User), Filter(SpendDimension.Application, Application), Filter(SpendDimension.Key, Key),
        Filter(SpendDimension.Workload, Workload), Filter(SpendDimension.Lane, Lane), Filter(SpendDimension.Provider, Provider),
        Filter(SpendDimension.Model, Model), Filter(SpendDimension.Outcome, Outcome), Filter(SpendDimension.Funding, Funding),
    }.OfType<SpendFilter>();

    /// <summary>Tags as name=value.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Tags(string[]? tags) => (tags ?? []).Select(tag => tag.IndexOf('=', StringComparison.Ordinal) switch
    {
        > 0 and var at => new KeyValuePair<string, string>(tag[..at], tag[(at + 1)..]),
        _ => throw RpcErrors.InvalidArgument($"tag '{Validation.Shown(tag)}' must be name=value."),
    });

    /// <summary>Null when nothing is given.</summary>
    public static SpendFilter? Filter(SpendDimension dimension, string[]? given)
    {
        var values = (given ?? []).SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        return values.Count == 0 ? null : new SpendFilter { Dimension = dimension, Values = { values.Select(value => value == None ? "" : value) } };
    }
}
