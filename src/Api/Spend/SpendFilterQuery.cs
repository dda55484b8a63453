using Microsoft.AspNetCore.Mvc;
using Platform.Api.Json;
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

    /// <param name="mark">Of records only: what wallets let through though they could not cover it.</param>
    public IEnumerable<SpendFilter> Read(string[]? mark = null) => new[]
    {
        Filter(SpendDimension.Team, Team), Filter(SpendDimension.User, User), Filter(SpendDimension.Application, Application), Filter(SpendDimension.Key, Key),
        Filter(SpendDimension.Workload, Workload), Filter(SpendDimension.Lane, Lane), Filter(SpendDimension.Provider, Provider),
        Filter(SpendDimension.Model, Model), Filter(SpendDimension.Outcome, Outcome), Filter(SpendDimension.Funding, Funding),
        Filter(SpendDimension.Mark, mark),
    }.OfType<SpendFilter>();

    /// <summary>Tags as name=value.</summary>
    public static Dictionary<string, string> Tags(string[]? tags)
    {
        var read = new Dictionary<string, string>();
        foreach (var tag in tags ?? [])
        {
            var at = tag.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw RpcErrors.InvalidArgument($"tag '{Validation.Shown(tag)}' must be name=value.");
            }

            if (!read.TryAdd(tag[..at], tag[(at + 1)..]))
            {
                throw RpcErrors.InvalidArgument($"tag '{Validation.Shown(tag[..at])}' is given twice.");
            }
        }

        return read;
    }

    /// <summary>Null when nothing is given. What is given and has no value in it is refused: it would answer with everybody's figures.</summary>
    public static SpendFilter? Filter(SpendDimension dimension, string[]? given)
    {
        if (given is null or [])
        {
            return null;
        }

        var values = given.SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        return values.Count == 0
            ? throw RpcErrors.InvalidArgument($"{EnumText.Of(dimension)} '{Validation.Shown(string.Join('&', given))}' has no value in it.")
            : new SpendFilter { Dimension = dimension, Values = { values.Select(value => value == None ? "" : value) } };
    }
}
